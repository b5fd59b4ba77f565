"""The tables of identity, a file a family."""

from common import bus
from identity.store.models.accounts import Account as Account
from identity.store.models.accounts import AccountReview as AccountReview
from identity.store.models.accounts import FederatedSignIn as FederatedSignIn
from identity.store.models.accounts import RecoveryCode as RecoveryCode
from identity.store.models.accounts import SecondFactor as SecondFactor
from identity.store.models.accounts import SignedInSession as SignedInSession
from identity.store.models.accounts import StaffRole as StaffRole
from identity.store.models.base import Base as Base
from identity.store.models.guarding import DownloadAlarm as DownloadAlarm
from identity.store.models.guarding import LoginTries as LoginTries
from identity.store.models.guarding import SignInAttempt as SignInAttempt
from identity.store.models.guarding import TakenRecords as TakenRecords
from identity.store.models.log import OperationLine as OperationLine
from identity.store.models.log import OperationLogCheckpoint as OperationLogCheckpoint
from identity.store.models.log import OperationLogHead as OperationLogHead
from identity.store.models.operators import AdministratorRecovery as AdministratorRecovery
from identity.store.models.operators import Operator as Operator
from identity.store.models.operators import OperatorAccess as OperatorAccess
from identity.store.models.operators import OperatorSession as OperatorSession
from identity.store.models.schools import Contract as Contract
from identity.store.models.schools import ContractContact as ContractContact
from identity.store.models.schools import School as School

bus.add_tables(Base.metadata)
METADATA = Base.metadata
