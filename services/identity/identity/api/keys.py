"""/keys: the data key of a school, only for the houses that seal and open addresses."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import NotFound
from common.houses import DISPATCHERS
from common.web import auth
from common.web.auth import allow, service
from identity.actions.ends import destroy_key
from identity.api.door import house
from identity.api.schemas import DestroyedKeyOut, KeyOut

blueprint = Blueprint("keys", "keys", url_prefix="/keys", description="Data keys of schools")


@blueprint.route("/<uuid:school_id>")
class KeyOfSchool(MethodView):
    @allow(service("directory", *DISPATCHERS))
    @blueprint.response(200, KeyOut)
    def get(self, school_id: UUID) -> Any:
        """Return the data key of the token's own school; 409 `key_destroyed` once it is
        destroyed.
        """
        if auth.school_id() != school_id:
            raise NotFound()
        material, version = house().keyring.unwrap(school_id)
        return {
            "school_id": school_id,
            "material": base64.b64encode(material).decode(),
            "version": version,
        }


@blueprint.route("/<uuid:school_id>/destroy")
class DestroyedKey(MethodView):
    @allow(service("retention"))
    @blueprint.response(200, DestroyedKeyOut)
    def post(self, school_id: UUID) -> Any:
        """Destroy a school's key for good; 409 `school_not_erasing` before its erasure has begun.
        Again: the same answer.
        """
        if auth.school_id() != school_id:
            raise NotFound()
        here = house()
        with here.database.for_school(school_id, even_erased=True) as session:
            destroyed = destroy_key(session, school_id, here.keyring, now=clock.now())
            return {"school_id": school_id, **destroyed}
