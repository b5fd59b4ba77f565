"""A house's database: engine, sessions opened for one school or for the system, base types, migrations.

PostgreSQL where it matters, SQLite in standalone mode; `dialect` is the only place where the two differ.
"""

from common.db.database import Database as Database
from common.db.dialect import among as among
from common.db.types import Base as Base
from common.db.types import Encrypted as Encrypted
from common.db.types import Json as Json
from common.db.types import UtcDateTime as UtcDateTime
from common.db.types import words as words
