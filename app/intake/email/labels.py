"""What mail programs write around a message that they quote or forward, by language, as data.

Languages: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Chinese
(both scripts), Japanese; of the Nordic ones and Czech what does not collide with these. All in
lower case, as `str.casefold` leaves it. To add a language, add its words here and a case to the
tests.
"""
# ruff: noqa: RUF001, ISC004 - the words are in their own letters, long lists are wrapped strings

HEADER_LABELS: dict[str, str] = {
    label: field
    for field, labels in {
        "from": (
            "from, von, de, da, van, od, от, от кого, отправитель, expéditeur, remitente, mittente,"
            " remetente, afzender, nadawca, från, fra, 发件人, 寄件者, 寄件人, 發件人, 差出人,"
            " 送信元, 送信者"
        ),
        "sent": (
            "sent, date, gesendet, datum, envoyé, date d'envoi, enviado, enviado el, fecha,"
            " inviato, data, enviada em, enviado em, enviada, verzonden, wysłano, wysłane,"
            " отправлено, дата, skickat, sendt, dato, 发送时间, 发送日期, 日期, 时间, 時間,"
            " 寄件日期, 傳送時間, 發送時間, 送信日時, 送信済み, 日付, 日時"
        ),
        "to": (
            "to, an, à, a, para, aan, do, кому, till, til, destinataire, destinatario,"
            " destinatário, 收件人, 收件者, 宛先, 送信先"
        ),
        "cc": "cc, kopie, copie à, copie, dw, копия, kopia, kopi, 抄送, 副本, bcc, ccn, 密件抄送",
        "subject": (
            "subject, betreff, objet, sujet, asunto, oggetto, assunto, onderwerp, temat, тема,"
            " ämne, emne, 主题, 主旨, 主題, 件名"
        ),
        "other": (
            "reply-to, antwort an, répondre à, responder a, importance, priority, attachments,"
            " anlagen, organization, organisation, wichtigkeit, 重要性"
        ),
    }.items()
    for label in (word.strip() for word in labels.split(","))
}

FORWARDED_PHRASES = frozenset(
    {
        "forwarded message",
        "forwarded mail",
        "forwarded by",
        "weitergeleitete nachricht",
        "weitergeleitete e-mail",
        "message transféré",
        "message réexpédié",
        "mensaje reenviado",
        "mensaje original reenviado",
        "messaggio inoltrato",
        "mensagem encaminhada",
        "mensagem reencaminhada",
        "doorgestuurd bericht",
        "przekazana wiadomość",
        "wiadomość przekazana",
        "treść przekazanej wiadomości",
        "пересылаемое сообщение",
        "пересланное сообщение",
        "перенаправленное сообщение",
        "vidarebefordrat meddelande",
        "videresendt meddelelse",
        "videresendt melding",
        "přeposlaná zpráva",
        "转发的邮件",
        "转发的消息",
        "转发邮件信息",
        "转发邮件",
        "已转发邮件",
        "已轉寄的郵件",
        "轉寄的郵件",
        "轉寄郵件",
        "转发的邮件信息",
        "転送されたメッセージ",
        "転送メッセージ",
    }
)
"""Between two runs of dashes: what follows is forwarded."""

ORIGINAL_PHRASES = frozenset(
    {
        "original message",
        "original-nachricht",
        "originalnachricht",
        "ursprüngliche nachricht",
        "ursprüngliche mail",
        "message d'origine",
        "message original",
        "message d’origine",
        "mensaje original",
        "messaggio originale",
        "mensagem original",
        "oorspronkelijk bericht",
        "oorspronkelijke bericht",
        "wiadomość oryginalna",
        "oryginalna wiadomość",
        "исходное сообщение",
        "оригинальное сообщение",
        "ursprungligt meddelande",
        "oprindelig meddelelse",
        "původní zpráva",
        "original appointment",
        "原始邮件",
        "原邮件",
        "邮件原件",
        "原始郵件",
        "original",
        "元のメッセージ",
        "オリジナルメッセージ",
        "回复的原邮件",
    }
)
"""Between two runs of dashes: what follows is quoted, or forwarded if the subject says so."""

APPLE_PHRASES = frozenset(
    {
        "begin forwarded message",
        "anfang der weitergeleiteten nachricht",
        "anfang der weitergeleiteten e-mail",
        "début du message réexpédié",
        "début du message transféré",
        "inicio del mensaje reenviado",
        "inizio messaggio inoltrato",
        "início da mensagem encaminhada",
        "início da mensagem reencaminhada",
        "begin doorgestuurd bericht",
        "początek przekazywanej wiadomości",
        "początek przekazanej wiadomości",
        "начало переадресованного сообщения",
        "начало пересылаемого сообщения",
        "vidarebefordrat brev",
        "start på videresendt besked",
        "下面是被转发的邮件",
        "以下是转发的邮件",
        "開始轉寄郵件",
        "以下為轉寄的郵件",
        "転送されたメッセージ",
    }
)
"""A line of its own, ended by a colon."""

FORWARD_PREFIXES = frozenset(
    {"fwd", "fw", "wg", "wtr", "tr", "rv", "enc", "encam", "i", "doorst", "pd", "vb", "vl"}
    | {"пересл", "转发", "轉寄", "转寄", "轉發", "転送", "weitergeleitet", "inoltra"}
)
"""In front of a subject, ended by a colon: forwarded. (VS is left out: a reply in Finnish, a
forward in Danish.)"""

REPLY_PREFIXES = frozenset(
    {"re", "aw", "antw", "antwort", "rép", "réf", "rif", "r", "res", "sv", "vs", "odp", "bls"}
    | {"ynt", "回复", "回覆", "答复", "答覆", "返信", "отв", "ha"}
)

ATTRIBUTION_LEADS = (
    *("on", "am", "le", "el", "il", "em", "op", "w dniu", "dnia", "den", "dne", "à", "il giorno"),
    *("pe", "a", "em", "le", "в", "no dia", "på", "vom", "von"),
)
"""The words with which the line "On <date>, <somebody> wrote:" begins."""

ATTRIBUTION_VERBS = (
    *("wrote", "writes", "schrieb", "geschrieben", "a écrit", "écrivait", "escribió", "escribio"),
    *("ha scritto", "scrive", "escreveu", "schreef", "heeft geschreven", "napisał", "napisała"),
    *("napisał(a)", "napisał/a", "pisze", "написал", "написала", "написал(а)", "пишет", "писал"),
    *("пишете", "skrev", "napsal", "napsala", "napsal(a)", "写道", "寫道", "来信", "書きました"),
    *("のメール", "kirjoitti", "작성"),
)

SENT_FROM = (
    *("sent from", "sent via", "sent with", "get outlook for", "von meinem", "gesendet von"),
    *("gesendet mit", "diese nachricht wurde von meinem", "envoyé de", "envoyé depuis"),
    *("envoyé à partir", "envoyé avec", "obtenir outlook", "enviado desde", "enviado do"),
    *(
        "enviado de",
        "enviado a partir",
        "obtener outlook",
        "inviato da",
        "inviato con",
        "scarica outlook",
    ),
    *("obter o outlook", "verstuurd vanaf", "verzonden vanaf", "verzonden met", "wysłano z"),
    *("wysłane z", "отправлено с", "отправлено из", "skickat från", "sendt fra", "outlook für"),
    *("发自我的", "从我的", "從我的", "發自我的", "来自我的", "iphoneから送信", "ipadから送信"),
    *("iphone から送信", "outlook for ios", "holen sie sich outlook", "télécharger outlook"),
)
"""How the line begins that a telephone puts under what was written on it."""

AUTO_REPLY_SUBJECTS = (
    *("automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "autoresponse"),
    *("auto-response", "automatische antwort", "automatische antwoord", "automatisch antwoord"),
    *("abwesenheitsnotiz", "abwesenheitsmeldung", "réponse automatique", "respuesta automática"),
    *("risposta automatica", "resposta automática", "odpowiedź automatyczna", "автоответ"),
    *("автоматический ответ", "autosvar", "automatiskt svar", "out of office autoreply"),
    *("out of office reply", "out of office", "自动回复", "自動回覆", "自动答复", "自動応答"),
    *("自動返信", "不在通知", "不在届"),
)
"""How the subject of an automatic answer begins, before a colon."""

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari"
            " stycznia styczeń sty января январь янв",
            "february feb februar février févr fév febrero febbraio fevereiro fev februari"
            " lutego luty lut февраля февраль фев февр",
            "march mar märz mrz mär mars marzo março maart mrt marca marzec марта март мар",
            "april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр",
            "may mai mayo maggio mag maio mei maja maj мая май",
            "june jun juni juin junio giugno giu junho czerwca czerwiec cze июня июнь июн",
            "july jul juli juillet juil julio luglio lug julho lipca lipiec lip июля июль июл",
            "august aug août aoû agosto ago augustus sierpnia sierpień sie августа август авг",
            "september sep sept septembre septiembre settembre set setembro września wrzesień wrz"
            " сентября сентябрь сен сент",
            "october oct oktober okt octobre octubre ottobre ott outubro out października"
            " październik paź октября октябрь окт",
            "november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя"
            " нояб",
            "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudnia"
            " grudzień gru декабря декабрь дек",
        ),
        start=1,
    )
    for name in names.split()
}

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lundi lun lunes lunedì segunda-feira maandag poniedziałek"
            " понедельник",
            "tuesday tue dienstag mardi martes martedì terça-feira dinsdag wtorek вторник",
            "wednesday wed mittwoch mercredi miércoles mercoledì quarta-feira woensdag środa среда",
            "thursday thu donnerstag jeudi jueves giovedì quinta-feira donderdag czwartek четверг",
            "friday fri freitag vendredi viernes venerdì sexta-feira vrijdag piątek пятница",
            "saturday sat samstag sonnabend samedi sábado sabato zaterdag sobota суббота",
            "sunday sun sonntag dimanche domingo domenica zondag niedziela воскресенье",
        )
    )
    for name in names.split()
}
