"""Settings: frozen, typed, read from RENRAKU_… variables.

A house that lacks some fails at its start and names every one of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsRefused(Exception):
    """The environment can't be used; the message names every variable that is missing or wrong."""


class Settings(BaseSettings):
    """What every house is told. A house's own `config.Settings` adds to it and names its `service`.

    `database_url` may hold ``{service}``, so that one variable serves every house
    (``…/renraku_{service}``), and `service_url` may too (``http://{service}:8000``); `service_urls`
    overrides it per service (JSON object). Both may lead to a path, under which the houses of one
    process answer.

    `web_processes`: of an API; 0: as many as suit the processors. `web_threads`: in each of them.
    """

    model_config = SettingsConfigDict(env_prefix="RENRAKU_", frozen=True, extra="ignore")

    service: ClassVar[str] = ""

    database_url: str
    bus_url: str
    keys_dir: Path
    service_url: str = "http://{service}:8000"
    service_urls: dict[str, str] = {}
    pool_size: int = 5
    metrics_port: int = 0  # 0: a worker or a clock opens no port for /metrics, /healthz and /readyz
    metrics_host: str = "127.0.0.1"
    clock_skew_limit_seconds: int = 5
    web_processes: int = Field(0, ge=0)
    web_threads: int = Field(8, ge=1)

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read the environment, or `values`, which go before it.

        Raises SettingsRefused naming all that is missing or wrong.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            prefix = cls.model_config.get("env_prefix", "")
            lines = ["These settings are missing or wrong:"]
            for fault in error.errors():
                name = "_".join(str(part) for part in fault["loc"])
                variable = f"{prefix}{name}".upper()
                lines.append(f"{variable}: {fault['msg']}")
            raise SettingsRefused("\n  ".join(lines)) from None

    @property
    def own_database_url(self) -> str:
        """Return the address of this house's database."""
        return self.database_url.replace("{service}", self.service)

    def url_of(self, service: str) -> str:
        """Return where another house's API answers."""
        return self.service_urls.get(service) or self.service_url.replace("{service}", service)


class PublicSettings(Settings):
    """What a house is told whose pages or links people open.

    `base_url`: where they reach us. It has no default: with a forgotten one cookies would not be
    Secure, and every mail would lead to localhost.
    """

    base_url: str = Field(pattern=r"^https?://[^/\s]+\S*$")

    @property
    def is_secure(self) -> bool:
        """Return whether people reach us by https; cookies are then Secure, bound to the host."""
        return self.base_url.startswith("https://")
