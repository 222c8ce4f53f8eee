"""Settings, read once from the environment (prefix FIRSTINLINE_) when the application is built.

Each is described in docs/settings.md; a test compares the two.
"""

import ipaddress
import re
from typing import Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()/-]*)?")
_POSTGRESQL: Final = "postgresql+psycopg"
_STORES: Final = ("sqlite", _POSTGRESQL)
_ORIGIN: Final = re.compile(r"https?://[^\s/,?#@]+")


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(env_prefix="FIRSTINLINE_", extra="ignore")

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///firstinline.db"),
        description="Where the service and the worker keep their data: sqlite:///FILE or "
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME. On PostgreSQL the user may be neither the "
        "owner of the tables nor a superuser.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="The owner's connection, used by `firstinline migrate` alone; "
        "the default is database_url.",
    )
    replica_urls: SecretStr | None = Field(
        default=None,
        description="Replicas of that PostgreSQL server, which answer reads where they hold all "
        "that was written: postgresql+psycopg://USER:PASSWORD@HOST/NAME, separated by commas.",
    )
    service_role: str = Field(
        default="firstinline_service",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The PostgreSQL role to which the migrations grant the tables.",
    )
    host: str = Field(default="127.0.0.1", description="The address on which `serve` listens.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port on which `serve` listens; 0 picks one."
    )
    places: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Requests worked on at once: threads and database connections.",
    )
    waiting: int = Field(
        default=1000,
        ge=0,
        description="Requests that may wait for a place; one more is answered 503.",
    )
    body_limit: int = Field(
        default=26_214_400, ge=1024, description="The largest request body taken, in bytes."
    )
    json_limit: int = Field(
        default=8_388_608,
        ge=1024,
        description="The largest JSON body taken, in bytes, where body_limit is not less: a byte "
        "of it may cost a hundred of memory.",
    )
    rate_limit: int = Field(
        default=6000,
        ge=0,
        description="Requests that one API key may make in a minute, as each process counts for "
        "itself; a key may have its own number. 0: no limit.",
    )
    wrong_keys: int = Field(
        default=60,
        ge=0,
        description="Wrong API keys from one client address in a minute; one more is answered 429, "
        "a second late. 0: no limit.",
    )
    cors_origins: str | None = Field(
        default=None,
        description="Origins whose pages may call the API from a browser, separated by commas: "
        "https://app.example, or * for all.",
    )
    trusted_proxies: str | None = Field(
        default=None,
        description="Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto "
        "are believed, separated by commas.",
    )
    attachments: str | None = Field(
        default=None,
        min_length=1,
        description="Where attachments are kept: a folder, or s3://BUCKET/PREFIX. The default is "
        "the folder attachments beside the SQLite file; on PostgreSQL, in the working directory. "
        "The service and the worker need the same one.",
    )
    attachment_limit: int = Field(
        default=52_428_800,
        ge=1024,
        le=1_073_741_824,
        description="The largest attachment taken, in bytes.",
    )
    s3_endpoint_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="The address of an S3-compatible storage; the default is Amazon's own.",
    )
    s3_region: str = Field(default="us-east-1", description="The region of the bucket.")
    s3_access_key_id: str | None = Field(
        default=None,
        description="The key with which the bucket is used; the default is what the machine's "
        "own environment or role gives (AWS_ACCESS_KEY_ID and so on).",
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, description="The secret of that key."
    )
    sqlite_busy_seconds: float = Field(
        default=30.0,
        gt=0,
        description="How long a statement waits for another process's lock on the SQLite file.",
    )
    statement_seconds: float = Field(
        default=30.0,
        gt=0,
        description="The longest a statement may run on PostgreSQL before it is cancelled.",
    )
    recomputed_at_once: int = Field(
        default=1000,
        ge=0,
        description="How many candidates a request works out anew at most for a list at past "
        "clocks; more than these, or than 20 % of an organization that has more candidates, and "
        "the worker makes it.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines are written."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least serious log line that is written."
    )

    @field_validator("attachments")
    @classmethod
    def _is_a_place(cls, value: str | None) -> str | None:
        if value is not None and "://" in value and not _BUCKET.fullmatch(value):
            message = "is a folder or s3://BUCKET/PREFIX"
            raise ValueError(message)
        return value

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _is_a_store(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        if _driver_of(value.get_secret_value()) not in _STORES:
            message = "is sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            raise ValueError(message)
        return value

    @field_validator("replica_urls")
    @classmethod
    def _are_replicas(cls, value: SecretStr | None, told: ValidationInfo) -> SecretStr | None:
        if value is None:
            return None
        primary: SecretStr | None = told.data.get("database_url")
        if primary is not None and _driver_of(primary.get_secret_value()) != _POSTGRESQL:
            message = "needs PostgreSQL: a SQLite file has no replicas"
            raise ValueError(message)
        if any(_driver_of(one) != _POSTGRESQL for one in listed(value.get_secret_value())):
            message = "is a list of postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            raise ValueError(message)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str | None) -> str | None:
        if any(one != "*" and not _ORIGIN.fullmatch(one) for one in listed(value)):
            message = "is a list such as https://app.example,https://other.example, or *"
            raise ValueError(message)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        try:
            for one in listed(value):
                ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            message = "is a list of addresses and networks such as 10.0.0.1,192.168.0.0/16"
            raise ValueError(message) from error
        return value


def _driver_of(address: str) -> str | None:
    try:
        return make_url(address).drivername
    except ArgumentError:
        return None


def listed(value: str | None) -> list[str]:
    """Return the parts of a setting that is a list separated by commas."""
    return [part for part in map(str.strip, (value or "").split(",")) if part]
