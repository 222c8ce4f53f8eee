"""A raw message read into values: never raises, whatever the bytes."""

from app.intake.email.automated import automated_reason
from app.intake.email.forward import inline_forward
from app.intake.email.headers import addresses, author, date, message_ids
from app.intake.email.mime import Part, attached_message, attachments, parse, readable_text
from app.intake.email.reply import new_words
from app.intake.email.values import AttachmentInfo, ForwardedMessage, ReceivedMessage


def read_message(raw: bytes) -> ReceivedMessage:
    """The message in `raw`: RFC 5322 bytes as received, with or without an mbox "From " line.

    Nothing in the bytes makes it raise: what cannot be read is absent from the answer. The work is
    bounded by constants in `mime` and `headers`: what lies past the 64th megabyte, the 500th part,
    the 20th level, or the 200,000th character of text is not kept.
    """
    part = parse(raw)
    headers = part.headers
    address, name = author(headers)
    text = readable_text(part)
    subject = headers.text("subject")
    listed = attachments(part)
    automated = automated_reason(headers, part.media_type)
    written = new_words(text)
    return ReceivedMessage(
        message_id=_first(message_ids(headers.raw("message-id"))),
        in_reply_to=_first(message_ids(headers.raw("in-reply-to"))),
        references=message_ids(headers.raw("references")),
        from_address=address,
        from_name=name,
        to=addresses(headers, "to"),
        cc=addresses(headers, "cc"),
        reply_to=addresses(headers, "reply-to"),
        subject=subject,
        sent_at=date(headers),
        text=text,
        new_text=written,
        automated=automated,
        attachments=listed,
        forwarded=None if automated else _forwarded(part, text, written, subject, listed),
    )


def _forwarded(
    part: Part, text: str, written: str, subject: str, listed: tuple[AttachmentInfo, ...]
) -> ForwardedMessage | None:
    inner = attached_message(part)
    if inner is None:
        return inline_forward(text, subject, listed)
    address, name = author(inner.headers)
    body = readable_text(inner)
    return ForwardedMessage(
        how="attached",
        from_address=address,
        from_name=name,
        sent_at=date(inner.headers),
        sent_local=None,
        subject=inner.headers.text("subject"),
        text=body,
        new_text=new_words(body),
        message_id=_first(message_ids(inner.headers.raw("message-id"))),
        attachments=attachments(inner),
        note=written,
    )


def _first(ids: tuple[str, ...]) -> str | None:
    return ids[0] if ids else None
