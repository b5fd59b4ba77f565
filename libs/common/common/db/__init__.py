"""A house's database: sessions opened for one school or for the system, base types, migrations.

PostgreSQL where it matters, SQLite in standalone mode; only this package asks which of the two it
is.

`connect` (is_postgres) · `sqlite` (one writer at a time) · `bulk` (many new rows) · `among`
(hundreds of ids) · `listen` (NOTIFY) · `lease` (to be the only one) · `erasure` (the end of a
school) · `migrate`
"""

from common.db.among import among as among
from common.db.among import ranked as ranked
from common.db.bulk import rowcount as rowcount
from common.db.connect import PEOPLE as PEOPLE
from common.db.connect import is_postgres as is_postgres
from common.db.database import Database as Database
from common.db.types import Base as Base
from common.db.types import Encrypted as Encrypted
from common.db.types import Json as Json
from common.db.types import UtcDateTime as UtcDateTime
from common.db.types import words as words
