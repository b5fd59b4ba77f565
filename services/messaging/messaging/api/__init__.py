"""HTTP: parse, act, answer. No rules, no SQL, no commits beyond leaving the session's block."""

from messaging.api.catalogue import blueprint as catalogue
from messaging.api.categories import blueprint as categories
from messaging.api.content import blueprint as content
from messaging.api.family_messages import blueprint as family_messages
from messaging.api.messages import blueprint as messages
from messaging.api.readings import blueprint as readings
from messaging.api.readings import confirmations
from messaging.api.reports import blueprint as reports
from messaging.api.sending import blueprint as sending

BLUEPRINTS = (
    *(messages, sending, reports, content, readings, confirmations),
    *(categories, catalogue, family_messages),
)
