import re
from pathlib import Path

import pytest

from app.intake.email.reply import new_words
from tests.intake.email.authors_words import AUTHORS_WORDS
from tests.intake.email.real import each, files, needs_real_mail

REPLIES = files("reply-text")


def compared(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.replace("\xa0", " ").split("\n"))
    return re.sub(">{6,}", ">>>>>", re.sub(r"\n{2,}", "\n", lines)).strip()


def expected(path: Path) -> str:
    key = f"{path.parent.name}/{path.stem}"
    return AUTHORS_WORDS.get(key) or AUTHORS_WORDS[path.stem]


@pytest.mark.parametrize("path", each("reply-text"))
def test_the_new_words_are_what_the_author_wrote(path: Path) -> None:
    assert compared(new_words(path.read_text(encoding="utf-8"))) == compared(expected(path))


@needs_real_mail
def test_all_46_replies_of_the_corpora_agree() -> None:
    agreeing = [
        path
        for path in REPLIES
        if compared(new_words(path.read_text(encoding="utf-8"))) == compared(expected(path))
    ]

    assert (len(agreeing), len(REPLIES)) == (46, 46)


@pytest.mark.parametrize(
    "introduction",
    [
        "On Mon, May 13, 2019 at 9:15 AM Ben <ben@acme.example> wrote:",
        "On Mon, May 13, 2019 at 9:15 AM Ben Recruits\n<ben@acme.example> wrote:",
        "Am 13.05.2019 um 09:15 schrieb Ben Recruits:",
        "Am Mo., 13. Mai 2019 um 09:15 Uhr schrieb Ben Recruits <\nben@acme.example>:",
        "Le lun. 13 mai 2019 à 09:15, Ben <ben@acme.example> a écrit :",
        "El lun, 13 may 2019 a las 9:15, Ben (<ben@acme.example>) escribió:",
        "Il giorno lun 13 mag 2019 alle ore 09:15 Ben <ben@acme.example> ha scritto:",
        "Em seg., 13 de mai. de 2019 às 09:15, Ben <ben@acme.example> escreveu:",
        "Op ma 13 mei 2019 om 09:15 schreef Ben <ben@acme.example>:",
        "W dniu 13.05.2019 o 09:15, Ben pisze:",
        "13 мая 2019 г., в 09:15, Ben <ben@acme.example> написал(а):",
        "пн, 13 мая 2019 г. в 09:15, Ben <ben@acme.example>:",
        "Ben <ben@acme.example> 于2019年5月13日周一 上午9:15写道：",
        "2019年5月13日(月) 9:15 Ben <ben@acme.example>:",
    ],
)
def test_a_quotation_goes_with_its_introduction(introduction: str) -> None:
    text = f"I was made a waiter.\n\n{introduction}\n\n> How are you?\n> Ben\n"

    assert new_words(text) == "I was made a waiter."


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "> Grades?\n\nDean's List.\n\n> A job?\n\nWaiter since March.\n\n-- \nSam\n"

    assert new_words(text) == "Dean's List.\n\nWaiter since March."


@pytest.mark.parametrize(
    "block",
    [
        "From: Ben <ben@acme.example>\nSent: Monday, May 13, 2019 9:15 AM\nTo: Sam\nSubject: Re: x",
        "Von: Ben\nGesendet: Montag, 13. Mai 2019 09:15\nAn: Sam\nBetreff: AW: x",
        "发件人: Ben\n发送时间: 2019年5月13日 9:15\n收件人: Sam\n主题: 回复: x",
        "De : Ben\nEnvoyé : lundi 13 mai 2019 09:15\nÀ : Sam\nObjet : RE: x",
    ],
)
@pytest.mark.parametrize("line", ["", "_" * 32, "-----Original Message-----"])
def test_a_header_block_ends_the_new_words(block: str, line: str) -> None:
    assert new_words(f"I was promoted.\n\n{line}\n{block}\n\nHow are you?\n") == "I was promoted."


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I wrote:\nmy best essay.",
        "My news since March 2019:\n\n- Dean's List\n- Waiter",
        "My news:\n\n-Promoted",
        "To: the point.\nI was promoted.",
        "Date: 3 May. I became a waiter.\nSubject: sales.",
        "I sent the card. Sent from my desk it looks better.",
        "--\n" + "A long story that is no signature.\n" * 40 + "The end.",
        "Three things happened on 12 May 2019 at 10:30:\n1. promoted",
    ],
)
def test_words_of_the_author_are_never_lost(text: str) -> None:
    assert new_words(text) == text


@pytest.mark.parametrize(
    "line",
    ["Sent from my iPhone", "Von meinem iPhone gesendet", "Envoyé de mon iPad", "发自我的 iPhone"],
)
def test_a_telephones_line_is_a_signature(line: str) -> None:
    assert new_words(f"I was promoted.\n\n{line}\n") == "I was promoted."
