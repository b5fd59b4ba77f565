"""/account-reviews: the look at all accounts twice a year (棚卸し, ID-13)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.keys import KeyMissing
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from identity.actions.reviews import Reviewed, review_accounts, signed_form
from identity.api.door import house
from identity.api.schemas import ReviewIn, ReviewListOut, ReviewOut
from identity.store import reviews

blueprint = Blueprint(
    "account_reviews",
    "account_reviews",
    url_prefix="/account-reviews",
    description="Reviews of a school's accounts",
)
# Ten years of them.
SHOWN = 20


@blueprint.route("")
class Reviews(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, ReviewListOut)
    def get(self) -> Any:
        """List the reviews of the school, the newest first."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            return {"items": reviews.list_reviews(session, auth.school_id(), SHOWN)}

    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.arguments(ReviewIn)
    @blueprint.response(201, ReviewOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Decide of every account that can sign in whether it stays, and keep the list, signed.

        409 `review_incomplete` where somebody is missing from it, `last_administrator`.
        """
        here, who = house(), auth.current_staff()
        reviewed = Reviewed(who.account_id, frozenset(body["kept"]), frozenset(body["stopped"]))
        with here.database.for_school(who.school_id) as session:
            review = review_accounts(
                session,
                who.school_id,
                reviewed,
                keys=here.keys,
                now=clock.now(),
            )
            return _shown(review)


@blueprint.route("/<uuid:review_id>")
class OneReview(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, ReviewOut)
    def get(self, review_id: UUID) -> Any:
        """Return a review with its list, and whether its signature still fits."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            return _shown(reviews.get_review(session, auth.school_id(), review_id))


def _shown(review: Any) -> dict[str, Any]:
    keys = house().keys
    try:
        fits = keys.verify_by(
            keys.service,
            review.key_id,
            signed_form(review),
            review.signature,
        )
    except KeyMissing:
        fits = False
    return {
        "id": review.id,
        "reviewed_at": review.reviewed_at,
        "reviewed_by": review.reviewed_by,
        "listed": review.listed,
        "signature_fits": fits,
    }
