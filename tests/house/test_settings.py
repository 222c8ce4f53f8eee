"""Every setting is in docs/settings.md, under the name that the environment has for it."""

import re
from pathlib import Path

from pydantic import SecretStr

from app.core.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
PREFIX = str(Settings.model_config["env_prefix"])


def documented() -> dict[str, tuple[str, str]]:
    """Return the page's table: default and description by environment variable."""
    row = re.compile(rf"^\| `({PREFIX}\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
    return {name: (default, text) for name, default, text in row.findall(PAGE.read_text())}


def shown(value: object) -> str:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    return "none" if plain is None else f"`{plain}`"


def test_every_setting_is_documented_with_its_default() -> None:
    settings = {
        f"{PREFIX}{name.upper()}": shown(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert {name: default for name, (default, _) in documented().items()} == settings


def test_the_page_says_of_each_what_the_code_says() -> None:
    described = {
        f"{PREFIX}{name.upper()}": field.description
        for name, field in Settings.model_fields.items()
    }
    assert {name: text.replace("`", "") for name, (_, text) in documented().items()} == {
        name: (text or "").replace("`", "") for name, text in described.items()
    }
