"""The mailbox page: finding a message, reading it, and keeping foreign HTML harmless."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient

from deskpulse.demo.mailbox import Mailbox
from deskpulse_web.demo.mailbox import mailbox_app


@pytest.fixture
def sink() -> Iterator[Mailbox]:
    with Mailbox() as sink:
        yield sink


@pytest.fixture
def client(sink: Mailbox) -> FlaskClient:
    return mailbox_app(sink).test_client()


def deliver(sink: Mailbox, to: str, subject: str = "How did we do?") -> None:
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = to, "desk@example.org", subject
    message.set_content('Answer: https://feedback.example/s/t?score=9&x=1 <script>"')
    message.add_alternative(
        '<html><body><A HREF="https://feedback.example/s/t?score=9">9</A><script>alert(1)</script></body></html>',
        subtype="html",
    )
    host, port = sink.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=10) as session:
        session.send_message(message)


def test_an_empty_mailbox_says_what_to_do(client: FlaskClient) -> None:
    assert "No mail yet" in client.get("/").text
    assert client.get("/messages.json").json == []


def test_the_list_newest_first_and_the_search(client: FlaskClient, sink: Mailbox) -> None:
    for name in ("ana", "bea", "cy"):
        deliver(sink, f"{name}@example.org", f"For {name} <b>")
    page = client.get("/").text
    assert page.index("cy@example.org") < page.index("bea@example.org") < page.index("ana@example.org")
    assert "For cy &lt;b&gt;" in page
    found = client.get("/?to=BEA").text
    assert "bea@example.org" in found
    assert "ana@example.org" not in found
    assert "No message to “nobody” among 3" in client.get("/?to=nobody").text


def test_json_is_what_was_received(client: FlaskClient, sink: Mailbox) -> None:
    deliver(sink, "ana@example.org")
    found: list[dict[str, object]] = client.get("/messages.json").get_json()
    [message] = found
    assert set(message) == {"to", "from", "subject", "text", "html", "headers", "received_at"}
    assert message["to"] == "ana@example.org"


def test_a_message_in_both_views(client: FlaskClient, sink: Mailbox) -> None:
    deliver(sink, "ana@example.org")
    page = client.get("/messages/1")
    assert '<iframe src="/messages/1/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    plain = client.get("/messages/1?view=text").text
    link = "https://feedback.example/s/t?score=9&amp;x=1"
    assert f'<a href="{link}" target="_blank" rel="noopener">{link}</a> &lt;script&gt;&#34;' in plain
    assert client.get("/messages/2").status_code == 404
    assert client.get("/messages/2/html").status_code == 404


def test_foreign_html_runs_no_script_and_its_links_open_outside(client: FlaskClient, sink: Mailbox) -> None:
    deliver(sink, "ana@example.org")
    answer = client.get("/messages/1/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert '<a target="_blank" rel="noopener" HREF="https://feedback.example/s/t?score=9">' in answer.text


def test_a_picture_that_came_with_a_message_stands_in_it(client: FlaskClient, sink: Mailbox) -> None:
    message = EmailMessage()
    message["To"], message["From"] = "ana@example.org", "desk@example.org"
    message.set_content(
        '<img src="cid:a@b" alt="A"><img src="cid:c@d" alt="C"><img src="https://spy.example/">', "html"
    )
    message.add_related(b"\0\1\2", maintype="image", subtype="png", cid="<a@b>")
    host, port = sink.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=10) as session:
        session.send_message(message)
    answer = client.get("/messages/1/html")
    assert '<img src="data:image/png;base64,AAEC" alt="A"><img src="cid:c@d" alt="C">' in answer.text
    assert "; img-src data:;" in answer.headers["Content-Security-Policy"]


def test_asking_whether_the_list_changed_is_cheap(client: FlaskClient, sink: Mailbox) -> None:
    tag = client.get("/?to=a").headers["ETag"]
    assert client.get("/?to=a", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/?to=b", headers={"If-None-Match": tag}).status_code == 200
    deliver(sink, "ana@example.org")
    assert client.get("/?to=a", headers={"If-None-Match": tag}).status_code == 200


def test_the_page_brings_its_own_assets(client: FlaskClient) -> None:
    for name in ("mailbox.css", "mailbox.js"):
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200
        answer.close()
