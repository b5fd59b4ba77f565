"""The directory's tables, a file a family.

Every row has its school; addresses and phone numbers are sealed with the school's key.
"""

from common import bus
from directory.store.models.base import Base as Base
from directory.store.models.base import table as table
from directory.store.models.my_page import FamilyLink as FamilyLink
from directory.store.models.my_page import FamilyPassword as FamilyPassword
from directory.store.models.my_page import FamilySession as FamilySession
from directory.store.models.my_page import LinkAsk as LinkAsk
from directory.store.models.people import ContactPoint as ContactPoint
from directory.store.models.people import Group as Group
from directory.store.models.people import Guardian as Guardian
from directory.store.models.people import Guardianship as Guardianship
from directory.store.models.people import JoinedContactPoint as JoinedContactPoint
from directory.store.models.people import JoinedGuardian as JoinedGuardian
from directory.store.models.people import Member as Member
from directory.store.models.people import Membership as Membership
from directory.store.models.people import NumberCounter as NumberCounter
from directory.store.models.people import PhoneNumber as PhoneNumber
from directory.store.models.plans import ImportPlan as ImportPlan
from directory.store.models.plans import StaffImport as StaffImport
from directory.store.models.plans import YearChange as YearChange
from directory.store.models.plans import YearPlace as YearPlace
from directory.store.models.reach import ReachWeek as ReachWeek
from directory.store.models.reach import Snapshot as Snapshot
from directory.store.models.reach import SnapshotMember as SnapshotMember
from directory.store.models.registration import FamilyTelling as FamilyTelling
from directory.store.models.registration import LineLink as LineLink
from directory.store.models.registration import Registration as Registration
from directory.store.models.registration import RegistrationApp as RegistrationApp
from directory.store.models.registration import RegistrationAttempt as RegistrationAttempt
from directory.store.models.registration import RegistrationChild as RegistrationChild
from directory.store.models.registration import RegistrationMail as RegistrationMail
from directory.store.models.registration import RegistrationSheet as RegistrationSheet
from directory.store.models.registration import RegistrationTries as RegistrationTries
from directory.store.models.registration import SheetText as SheetText
from directory.store.models.registration import TalkSetting as TalkSetting

bus.add_tables(Base.metadata)
METADATA = Base.metadata
