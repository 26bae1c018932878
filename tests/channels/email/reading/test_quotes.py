"""What a mail only quotes is folded away, in five languages and for the usual clients; nothing is lost."""

import pytest

from moked.channels.email.reading.mail import Fold, ReadMail
from tests.channels.email.reading.letters import mail, nested, opened, part, parts

REPLIES = {
    "en": "Thank you, the lamp works again.",
    "he": "תודה רבה, הפנס עובד שוב.",
    "ar": "شكرا، الإنارة تعمل من جديد.",
    "cs": "Děkuji, lampa už zase svítí.",
    "hu": "Köszönöm, a lámpa újra világít.",
}
WROTE = {
    "en": [
        "On Mon, May 5, 2025 at 10:23 AM Haifa 106 <106@haifa.example> wrote:",
        "On 5 May 2025, at 10:23, Haifa 106 <106@haifa.example> wrote:",
        "On Mon, May 5, 2025 at 10:23 AM Haifa 106 <\r\n106@haifa.example> wrote:",
    ],
    "he": [
        "\u202bבתאריך יום ב׳, 5 במאי 2025 ב-10:23 מאת \u202aHaifa 106"
        "\u202c\u200f <\u202a106@haifa.example\u202c\u200f>:\u202c",
        "ב-5 במאי 2025, בשעה 10:23, \u200f106@haifa.example כתב/ה:",
        "ביום שני, 5 במאי 2025 בשעה 10:23, מוקד 106 כתב:",
    ],
    "ar": [
        "في الاثنين، 5 مايو 2025 في 10:23 ص تمت كتابة ما يلي بواسطة Haifa <106@haifa.example>:",
        "في ٥ مايو ٢٠٢٥، الساعة ١٠:٢٣ ص، كتب Haifa <106@haifa.example>:",
    ],
    "cs": [
        "po 5. 5. 2025 v 10:23 odesílatel Haifa 106 <106@haifa.example> napsal:",
        "5. 5. 2025 v 10:23, Haifa 106 <106@haifa.example>:",
        "Dne 05.05.2025 v 10:23 Haifa 106 napsal(a):",
    ],
    "hu": [
        "Haifa 106 <106@haifa.example> ezt írta (időpont: 2025. máj. 5., H, 10:23):",
        "2025. máj. 5. dátummal, 10:23 időpontban Haifa 106 <106@haifa.example> írta:",
        "2025. 05. 05. 10:23 keltezéssel, Haifa 106 írta:",
    ],
}
HEADERS = {
    "en": "From: Haifa 106 <106@haifa.example>\r\nSent: Monday, May 5, 2025\r\nTo: Dana\r\nSubject: Case 17",
    "he": "מאת: מוקד 106 <106@haifa.example>\r\nנשלח: יום שני 05 מאי 2025 10:23\r\nאל: דנה\r\nנושא: פנייה 17",
    "ar": "من: Haifa <106@haifa.example>\r\nتاريخ الإرسال: 05/05/2025\r\nإلى: Dana\r\nالموضوع: 17",
    "cs": "Od: Haifa <106@haifa.example>\r\nOdesláno: pondělí 5. května 2025\r\nKomu: Dana\r\nPředmět: 17",
    "hu": "Feladó: Haifa <106@haifa.example>\r\nElküldve: 2025. május 5.\r\nCímzett: Dana\r\nTárgy: 17",
}
ORIGINAL = {
    "en": "-----Original Message-----",
    "he": "-----הודעה מקורית-----",
    "ar": "-----الرسالة الأصلية-----",
    "cs": "---------- Původní e-mail ----------",
    "hu": "-----Eredeti üzenet-----",
}
FORWARDED = {
    "en": ["---------- Forwarded message ---------", "Begin forwarded message:"],
    "he": ["---------- הודעה שהועברה ---------", "תחילת ההודעה שהועברה:"],
    "ar": ["---------- رسالة مُعاد توجيهها ---------"],
    "cs": ["---------- Přeposlaná zpráva ---------", "Začátek přeposílané zprávy:"],
    "hu": ["---------- Továbbított üzenet ---------", "Továbbított levél kezdete:"],
}
QUOTED = "> We sent a crew.\r\n>\r\n> Your 106"
LANGUAGES = tuple(REPLIES)


def everything(read: ReadMail) -> list[str]:
    return sorted(line for line in read.text.split("\n") if line.strip())


def shares_all(read: ReadMail) -> bool:
    """Tell whether each line is visible or folded, and none is both."""
    both = f"{read.visible}\n{read.folded}".split("\n")
    return sorted(line for line in both if line.strip()) == everything(read)


WRAPPED = [
    ("en", "On Mon, May 5, 2025 at 10:23 a.m.\r\nHaifa 106 <106@haifa.example> wrote:"),
    ("hu", "Haifa 106 <106@haifa.example> ezt írta (időpont: 2025. máj.\r\n5., H, 10:23):"),
]


def folds(read: ReadMail, reply: str, by: Fold) -> bool:
    return read.visible == reply and read.folded_by is by and bool(read.folded) and shares_all(read)


@pytest.mark.parametrize(("language", "wrote"), [(one, line) for one in LANGUAGES for line in WROTE[one]])
@pytest.mark.parametrize("quoted", [QUOTED, QUOTED.replace("> ", "").replace(">", "")])
def test_a_quotation_below_who_wrote_it(language: str, wrote: str, quoted: str) -> None:
    read = opened(mail(f"{REPLIES[language]}\r\n\r\n{wrote}\r\n\r\n{quoted}\r\n"))
    assert folds(read, REPLIES[language], Fold.WROTE_LINE)


@pytest.mark.parametrize(("language", "wrote"), WRAPPED)
def test_who_wrote_it_on_two_lines_of_which_the_first_ends_like_a_sentence(language: str, wrote: str) -> None:
    read = opened(mail(f"{REPLIES[language]}\r\n\r\n{wrote}\r\n\r\n{QUOTED}\r\n"))
    assert folds(read, REPLIES[language], Fold.WROTE_LINE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("line", ["", "________________________________\r\n"])
def test_outlooks_headers_above_a_quotation(language: str, line: str) -> None:
    read = opened(mail(f"{REPLIES[language]}\r\n\r\n{line}{HEADERS[language]}\r\n\r\nWe sent a crew.\r\n"))
    assert folds(read, REPLIES[language], Fold.HEADER_BLOCK)
    assert "___" not in read.visible


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_of_an_original_message(language: str) -> None:
    read = opened(
        mail(f"{REPLIES[language]}\r\n\r\n{ORIGINAL[language]}\r\n{HEADERS[language]}\r\n\r\nWe sent.")
    )
    assert folds(read, REPLIES[language], Fold.ORIGINAL_LINE)


@pytest.mark.parametrize(("language", "line"), [(one, line) for one in LANGUAGES for line in FORWARDED[one]])
def test_what_is_passed_on_is_the_matter_itself(language: str, line: str) -> None:
    read = opened(
        mail(f"{REPLIES[language]}\r\n\r\n{line}\r\n{HEADERS[language]}\r\n\r\nThe lamp is broken.\r\n")
    )
    assert (read.visible, read.folded, read.folded_by) == (read.text, "", None)


@pytest.mark.parametrize("prefix", ["Fwd: ", "WG: ", "הועבר: ", "FW: "])
def test_a_forwarded_mail_is_shown_whole(prefix: str) -> None:
    body = f"Please see.\r\n\r\n{HEADERS['en']}\r\n\r\nThe lamp is broken.\r\n"
    assert opened(mail(body, Subject=f"{prefix}x".encode())).folded == ""
    assert opened(mail(body, Subject=f"Re: {prefix}x".encode())).folded != ""


def test_our_own_line_comes_before_all_others() -> None:
    read = opened(
        mail(f"Thanks, it works.\r\n\r\n##- 7f3a נא לכתוב מעל שורה זו\r\n{WROTE['en'][0]}\r\n{QUOTED}")
    )
    assert folds(read, "Thanks, it works.", Fold.OUR_LINE)


CLIENTS = {
    "Gmail": (
        '<div dir="ltr">{reply}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        'class="gmail_attr">{wrote}<br></div><blockquote class="gmail_quote" style="margin:0">We sent a crew.'
        "<br>Your 106</blockquote></div>"
    ),
    "Outlook": (
        '<div class="WordSection1"><p class="MsoNormal">{reply}</p><p class="MsoNormal">&nbsp;</p><div '
        'style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'
        "<b>X:</b> 106<br><b>Y:</b> 5 5 2025</p></div><p>We sent a crew.</p></div>"
    ),
    "Outlook in a browser": (
        '<div dir="rtl">{reply}</div><div id="appendonsend"></div><hr style="width:98%">'
        '<div id="divRplyFwdMsg" '
        'dir="rtl"><b>X:</b> 106<br></div><div>We sent a crew.</div>'
    ),
    "Apple Mail": (
        "<html><body>{reply}<div><br><blockquote type=\"cite\"><div>{wrote}</div><br>"
        "<div>We sent a crew.</div>"
        "<div>Your 106</div></blockquote></div></body></html>"
    ),
    "Yahoo": (
        '<div class="ydp1">{reply}</div><div id="ydp1yahoo_quoted_1" class="ydp1yahoo_quoted">'
        "<div>{wrote}</div>"
        "<div>We sent a crew.</div></div>"
    ),
    "Zimbra": (
        '<div>{reply}</div><hr id="zwchr" data-marker="__DIVIDER__"><div>{wrote}</div>'
        "<div>We sent a crew.</div>"
    ),
    "Outlook on a Mac": (
        '<div>{reply}</div><span id="OLK_SRC_BODY_SECTION">{wrote}<div>We sent a crew.</div></span>'
    ),
    "Proton": (
        '<div style="font-family: Arial;">{reply}</div><div class="protonmail_quote">{wrote}<br><blockquote '
        'class="protonmail_quote" type="cite">We sent a crew.</blockquote></div>'
    ),
    "Thunderbird": (
        '<p>{reply}</p><div class="moz-cite-prefix">{wrote}<br></div><blockquote type="cite" '
        'cite="mid:1@x"><p>We sent a crew.</p><p>Your 106</p></blockquote>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("client", CLIENTS)
def test_the_html_of_usual_clients(client: str, language: str) -> None:
    wrote = WROTE[language][-1].replace("<", "&lt;").replace(">", "&gt;")
    html = CLIENTS[client].format(reply=REPLIES[language], wrote=wrote)
    read = opened(mail(html, html=True))
    assert read.visible == REPLIES[language]
    assert read.folded_by
    assert "We sent a crew." in read.folded
    assert shares_all(read)


@pytest.mark.parametrize("client", [one for one in CLIENTS if one != "Apple Mail"])
def test_a_clients_mark_is_known_in_a_language_that_is_not(client: str) -> None:
    html = CLIENTS[client].format(reply="Vielen Dank, sie geht.", wrote="Hunain 5/5 a scris unele")
    plain = "Vielen Dank, sie geht.\r\n\r\nHunain a scris unele\r\nWe sent a crew."
    alone = opened(mail(html, html=True))
    both = opened(parts(part(plain), part(html, "text/html; charset=utf-8"), subtype="alternative"))
    assert {alone.visible, both.visible} == {"Vielen Dank, sie geht."}
    assert "We sent a crew." in alone.folded


def test_answers_between_the_quoted_lines_keep_everything() -> None:
    wrote = WROTE["en"][0]
    asked = "> Which lamp?\r\n\r\nThe third one.\r\n\r\n> Since when?\r\n\r\nMonday.\r\n"
    plain = f"See below.\r\n{wrote}\r\n{asked}"
    html = (
        '<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">On 5 May, x wrote:</div>'
        '<blockquote class="gmail_quote">Which lamp?</blockquote><div>The third one.</div>'
        '<blockquote class="gmail_quote">Since when?</blockquote><div>Monday.</div></div>'
    )
    for read in (opened(mail(plain)), opened(mail(html, html=True))):
        assert (read.folded, read.folded_by) == ("", None)
        assert "The third one." in read.visible
        assert "Monday." in read.visible


def test_an_answer_below_the_quotation_is_seen() -> None:
    read = opened(mail(f"{WROTE['cs'][0]}\r\n{QUOTED}\r\n\r\nDěkuji, svítí.\r\n"))
    assert (read.visible, read.folded_by) == ("Děkuji, svítí.", Fold.WROTE_LINE)
    assert shares_all(read)


def test_a_quotation_in_itself_is_nobodys_reply() -> None:
    for reply in ("", "--", "ok", "א."):
        read = opened(mail(f"{reply}\r\n{WROTE['en'][0]}\r\n{QUOTED}\r\n"))
        assert (read.visible, read.folded) == (read.text, "")
    assert opened(mail(f"yes\r\n{WROTE['en'][0]}\r\n{QUOTED}\r\n")).visible == "yes"


@pytest.mark.parametrize(
    "body",
    [
        "My wife wrote:\r\nthe lamp is broken since Monday",
        "On Monday I wrote you a letter.\r\nNobody answered: why?",
        "From: the corner\r\nto the end of the street it is dark.",
        "Moje žena napsala:\r\nlampa nesvítí",
        "> 5 years I have been waiting",
        "A line\r\n__________\r\nand another",
        "Do you see --- original message --- here?",
    ],
)
def test_what_only_sounds_like_a_quotation_stays(body: str) -> None:
    read = opened(mail(body))
    assert (read.visible, read.folded) == (read.text, "")


@pytest.mark.parametrize(
    "told",
    [
        "On Monday the clerk wrote:",
        "On 5 May 2025 at 10:23 the clerk wrote:",
        "On 5 May 2025 at 10:23 I was at home.\r\nThen dana@haifa.example wrote:",
        "בתאריך 5.5.2025 פניתי אליכם בנושא הבא:",
        "בתאריך 3/4 התקשרתי למוקד ונאמר לי:",
        "בתאריך 5.5.2025 בשעה 10:23 שלחתי מייל ל-106@haifa.example ובו:",
        "ב-5.5.2025 בשעה 10:23 קיבלתי מכתב מאת dana@haifa.example ובו:",
        "ביום שני 5.5.2025 בשעה 10:23 כתבתי אל 106@haifa.example כך:",
        "ביום שני ה-5.5 הפקיד כתב:",
        "في 5/5/2025 كتب لي الموظف ما يلي:",
        "في 5/5/2025 الساعة 10:23 كتبت إلى 106@haifa.example التالي:",
        "بتاريخ 5.5.2025 كتبت إليكم:",
        "5. 5. 2025 v 10:23, volal jsem a bylo mi řečeno:",
        "5. 5. 2025 v 10:23, psal jsem na 106@haifa.example toto:",
        "Dne 5.5.2025 v 10:23 mi úředník napsal:",
        "2025.05.05-én az ügyintéző a következőt írta nekem:",
        "2025. 05. 05. 10:23 körül az ügyintéző ezt írta:",
        "2025.05.05-én Kiss Anna <anna@haifa.example> a következőt írta nekem:",
        "Am 5.5.2025 um 10:23 Uhr schrieb mir der Beamte:",
    ],
)
def test_a_person_telling_who_said_what_is_not_quoted(told: str) -> None:
    read = opened(mail(f"Shalom,\r\n\r\n{told}\r\nThe cable is bare\r\nand live.\r\n"))
    assert (read.visible, read.folded) == (read.text, "")
    quoted = opened(mail(f"Shalom,\r\n\r\n{told}\r\n> The cable is bare\r\n> and live.\r\n\r\nHelp!"))
    assert quoted.visible.startswith("Shalom,")
    assert quoted.visible.endswith("\n\nHelp!")
    assert quoted.folded.endswith("> The cable is bare\n> and live.")


def test_a_blockquote_of_a_persons_own_stays() -> None:
    read = opened(mail("<p>The law says:</p><blockquote>Lamps shall burn.</blockquote>", html=True))
    assert "Lamps shall burn." in read.visible
    assert read.folded == ""


def test_a_million_quoted_lines_take_no_time() -> None:
    read = opened(mail("Thank you.\r\n" + "> \r\n" * 1_000_000))
    assert read.visible == "Thank you."
    assert "TEXT_CONTINUES_IN_FILE" in read.defects


def test_text_of_html_keeps_what_a_person_sees() -> None:
    html = (
        "<style>p{color:red}</style><script>alert(1)</script><h1>Title</h1><p>One&nbsp;&amp; two</p>"
        "<ul><li>first<li>second</ul>a<br>b<table><tr><td>x<td>y</table>"
        '<a href="https://x.example/page">there</a> '
        '<a href="https://y.example">y.example</a><img alt="a lamp" src=x><pre> as\n  it is</pre>'
    )
    assert opened(mail(html, html=True)).text == (
        "Title\n\nOne & two\n\n- first\n- second\n\na\nb\n\nx y\n\n"
        "there <https://x.example/page> y.example[a lamp]\n"
        " as\n  it is"
    )


@pytest.mark.parametrize("href", ["https:x", "HTTPS:", "https://", "http:///", "//x", "x", "", " "])
def test_a_link_that_leads_nowhere_is_text(href: str) -> None:
    assert opened(mail(f'<a href="{href}">here</a>', html=True)).text.startswith("here")


def test_citations_in_citations_have_a_depth() -> None:
    read = opened(mail("<blockquote type=cite>deep" * 5_000, html=True))
    assert max(line.count(">") for line in read.text.split("\n")) == 20


def test_the_plain_version_is_read_and_html_where_there_is_no_other() -> None:
    html = part("<b>rich</b> words", "text/html; charset=utf-8")
    assert opened(parts(part("plain words"), html, subtype="alternative")).text == "plain words"
    assert opened(parts(part("  "), html, subtype="alternative")).text == "rich words"
    between = nested(part("second"), html, subtype="alternative", edge="in")
    read = opened(parts(part("first"), between, part("third")))
    assert read.text == "first\nsecond\nthird"
    assert read.html_clean == ('<pre dir="auto">first</pre>\n<b>rich</b> words\n<pre dir="auto">third</pre>')
