import pytest

from app.intake.email import read_message
from app.intake.email.charset import decode_text, known_codec

GERMAN = "Sehr geehrte Frau Müller, ich würde mich über ein Gespräch freuen. Schöne Grüße, Jürgen"
FRENCH = "Bonjour, j'ai été promu serveur à Genève. Très heureux de vous le dire. Hélène"
RUSSIAN = "Здравствуйте! Меня повысили до официанта в прошлом месяце, и я рад сообщить вам об этом."
POLISH = "Dzień dobry, w zeszłym miesiącu zostałem awansowany na kelnera. Pozdrawiam, Łukasz Żółć"
GREEK = "Καλημέρα σας, προήχθηκα σε σερβιτόρο τον περασμένο μήνα. Ευχαριστώ πολύ."
HEBREW = "שלום, קודמתי למלצר בחודש שעבר. תודה רבה"
SIMPLIFIED = "您好,我上个月升职为服务员,想告诉您这个消息。谢谢您的建议。"
TRADITIONAL = "您好,我上個月升職為服務員,想告訴您這個消息。謝謝您的建議。"
JAPANESE = "お世話になっております。先月ウェイターに昇進しました。よろしくお願いいたします。"
KOREAN = "안녕하세요. 지난달에 웨이터로 승진했습니다. 감사합니다."


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (GERMAN, "iso-8859-1"),
        (FRENCH, "ISO-8859-15"),
        (FRENCH, "windows-1252"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "windows-1251"),
        (RUSSIAN, "iso-8859-5"),
        (POLISH, "iso-8859-2"),
        (POLISH, "windows-1250"),
        (GREEK, "iso-8859-7"),
        (HEBREW, "iso-8859-8-i"),
        (SIMPLIFIED, "gb2312"),
        (SIMPLIFIED, "GB18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "iso-2022-jp"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc-jp"),
        (KOREAN, "ks_c_5601-1987"),
        (KOREAN, "euc-kr"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-7"),
    ],
)
def test_a_declared_charset_is_followed(text: str, charset: str) -> None:
    codec = known_codec(charset)
    assert codec is not None
    head = f"Subject: x\nContent-Type: text/plain; charset={charset}\n\n".encode()

    assert read_message(head + text.encode(codec)).text == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (GERMAN, "cp1252"),
        (FRENCH, "cp1252"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp1251"),
        (POLISH, "iso8859_2"),
        (SIMPLIFIED, "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (KOREAN, "cp949"),
        (GERMAN, "utf-8"),
    ],
)
@pytest.mark.parametrize("declared", ["", "us-ascii", "unknown-8bit", "x-nonsense"])
def test_an_undeclared_charset_is_recognised(text: str, codec: str, declared: str) -> None:
    assert decode_text(text.encode(codec), declared) == text


def test_utf8_under_a_western_label_is_utf8() -> None:
    assert decode_text(FRENCH.encode(), "iso-8859-1") == FRENCH


def test_utf8_with_a_byte_lost_is_still_utf8() -> None:
    damaged = FRENCH.encode().replace("ç".encode(), b"").replace("è".encode(), b"\xc3", 1)

    assert decode_text(damaged, "utf-8") == FRENCH.replace("è", "\ufffd", 1)


@pytest.mark.parametrize("label", ["base64", "hex", "rot13", "punycode", "idna", "unicode_escape"])
def test_a_codec_that_is_no_charset_is_not_used(label: str) -> None:
    assert known_codec(label) is None


def test_encoded_words_that_split_a_character_are_joined() -> None:
    raw = b"Subject: =?utf-8?b?w7zD?= =?utf-8?b?vA==?= and =?koi8-r?q?=F0=D2=C9?=\n\nx"

    assert read_message(raw).subject == "üü and При"


def test_raw_letters_in_a_subject_are_recognised() -> None:
    raw = "Subject: 您好,我上个月升职为服务员\n\nx".encode("gb18030")

    assert read_message(raw).subject == "您好,我上个月升职为服务员"
