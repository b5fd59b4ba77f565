"""The bus between houses.

Events stand in an outbox, are published by a relay, heard once by each queue, and parked when they
can't be handled. Only this package touches kombu or pika.
"""

from common.bus.erasure import BeyondTables as BeyondTables
from common.bus.erasure import erase_school as erase_school
from common.bus.erasure import erasure_queue as erasure_queue
from common.bus.handler import Handler as Handler
from common.bus.handler import handler as handler
from common.bus.handler import handler_together as handler_together
from common.bus.outbox import oldest_age as oldest_age
from common.bus.outbox import publish_again as publish_again
from common.bus.outbox import purge as purge
from common.bus.outbox import put as put
from common.bus.parked import Inadmissible as Inadmissible
from common.bus.parked import ParkedEvent as ParkedEvent
from common.bus.parked import drop as drop
from common.bus.parked import list_parked as list_parked
from common.bus.parked import replay as replay
from common.bus.relay import Relay as Relay
from common.bus.tables import add_tables as add_tables
from common.bus.topology import DEAD_LETTERS as DEAD_LETTERS
from common.bus.topology import EXCHANGE as EXCHANGE
from common.bus.topology import Queue as Queue
from common.bus.topology import dead_letter_queue as dead_letter_queue
from common.bus.transport import Incoming as Incoming
from common.bus.transport import NotConfirmed as NotConfirmed
from common.bus.transport import Outgoing as Outgoing
from common.bus.transport import Transport as Transport
from common.bus.transport import Unroutable as Unroutable
from common.bus.transport import open_transport as open_transport
from common.bus.worker import Worker as Worker
