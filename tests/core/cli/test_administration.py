"""The commands that make organisations and users, and move the directory in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from deskpulse.access import passphrases
from deskpulse.access.models import User
from deskpulse.cli.db import db as db_commands
from deskpulse.cli.directory import directory
from deskpulse.cli.organisation import organisation as organisation_commands
from deskpulse.cli.user import user as user_commands
from deskpulse.errors import ConfigurationError
from deskpulse.organisation import organisations
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.surveys.models import Response

PASSPHRASE = "correct horse battery"


def users(desk):
    with desk.db.read() as session:
        return session.scalars(select(User).order_by(User.id)).all()


def test_an_organisation_is_made_listed_and_shown(desk, run):
    assert "organisation create NAME" in run(organisation_commands, "list")
    assert "Code: " in run(organisation_commands, "create", " Northwind IT ", "--time-zone", "Europe/Berlin")
    with desk.db.read() as session:
        made = session.scalars(select(Organisation)).one()
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["organisation created"]
    assert run(organisation_commands, "list") == f"{made.code}  Northwind IT  Europe/Berlin\n"
    shown = run(organisation_commands, "show")
    assert "quiet_days" in shown
    assert "Days between two invites" in shown
    with pytest.raises(ConfigurationError, match="is no time zone"):
        run(organisation_commands, "create", "X", "--time-zone", "Berlin")
    with pytest.raises(ConfigurationError, match="needs a name"):
        run(organisation_commands, "create", " ")


def test_preferences_are_changed_together(desk, organisation, run):
    said = run(organisation_commands, "set", "quiet_days=14", "open_displays=Yes", "sender_name=IT = us")
    assert said == "quiet_days=14\nopen_displays=yes\nsender_name=IT = us\n"
    with desk.db.read() as session:
        stored = organisations.only_or_named(session, "northwind").preferences
    assert (stored["quiet_days"], stored["open_displays"], stored["sender_name"]) == (14, True, "IT = us")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("quiet_days", "one of these names"),
        ("silent_days=3", "one of these names"),
        ("quiet_days=many", "no whole number"),
        ("quiet_days=0", "quiet_days: 0 is less than the minimum of 1"),
        ("open_displays=maybe", "write yes or no"),
        ("invite_channel=pigeon", "invite_channel"),
        ("brand_colour=#ffffff", "too light"),
    ],
)
def test_wrong_preferences_change_nothing(desk, organisation, run, value, said):
    with pytest.raises(ConfigurationError, match=said):
        run(organisation_commands, "set", "validity_days=9", value)
    with desk.db.read() as session:
        assert organisations.only_or_named(session, "northwind").preferences == {}


def test_a_user_is_added_listed_reset_and_removed(desk, organisation, run, clock):
    assert "deskpulse user add" in run(user_commands, "list")
    said = run(user_commands, "add", "Ann@corp.example", "--name", "Ann", stdin=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert "ann@corp.example can sign in to Northwind IT at http://127.0.0.1:8000/sign-in" in said
    assert PASSPHRASE not in said
    assert "ann@corp.example  Ann  administrator  never signed in" in run(user_commands, "list")
    before = users(desk)[0]
    run(user_commands, "reset", "ann@corp.example", "--passphrase-stdin", stdin="another long passphrase\n")
    after = users(desk)[0]
    assert after.session_epoch == before.session_epoch + 1
    assert passphrases.fits("another long passphrase", after.passphrase_hash)
    run(user_commands, "remove", "ann@corp.example", stdin="n\n", exit_code=1)
    assert users(desk)
    assert "can no longer sign in" in run(user_commands, "remove", "ann@corp.example", "--yes")
    assert users(desk) == []


def test_users_that_cannot_be(desk, organisation, run):
    for words, said in (
        (("add", "ann", "--passphrase-stdin"), "no e-mail address"),
        (("add", "ann@corp.example", "--organisation", "nowhere", "--passphrase-stdin"), "known: northwind"),
        (("reset", "ann@corp.example"), "no user has the address"),
        (("remove", "ann@corp.example", "--yes"), "no user has the address"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            run(user_commands, *words, stdin=f"{PASSPHRASE}\n")
    with pytest.raises(ConfigurationError, match="at least 14 characters"):
        run(user_commands, "add", "ann@corp.example", "--passphrase-stdin", stdin="short\n")
    assert users(desk) == []


def test_the_directory_goes_out_and_comes_in(desk, organisation, run, tmp_path):
    groups, contacts = tmp_path / "groups.csv", tmp_path / "contacts.csv"
    contacts.write_text("email;name\nlea@corp.example;Lea\n")
    groups.write_text("code,name,lead\nit,IT,lea@corp.example\nnet,Netz,\n")
    assert "1 created, 0 changed, 0 kept" in run(directory, "import", "--kind", "contacts", str(contacts))
    dry = run(directory, "import", "--dry-run", str(groups))
    assert "line 2: create group it" in dry
    assert "line 3: warning: group net has no Support Lead" in dry
    assert "groups: 2 would be created, 0 would be changed, 0 kept." in dry
    assert "2 created" in run(directory, "import", str(groups))
    out = tmp_path / "out.csv"
    run(directory, "export", str(out))
    assert "0 created, 0 changed, 2 kept" in run(directory, "import", "-", stdin=out.read_bytes())
    assert "it,IT,,lea@corp.example" in run(directory, "export")


def test_a_wrong_file_changes_nothing_and_ends_with_1(desk, organisation, run):
    text = "code,name\nok,Fine\nnot ok,X\nbad,\n"
    said = run(directory, "import", "-", stdin=text, exit_code=1)
    assert "line 3: 'not ok' is no code" in said
    assert "line 4: group bad needs a name" in said
    assert "2 problems; nothing was changed." in said
    assert "ok" not in run(directory, "export").replace("code", "")


def test_an_organisation_moves_to_another_time_zone(desk, organisation, answer, run):
    answer(9)  # at nine in the morning, UTC
    assert run(organisation_commands, "time-zone", "Asia/Tokyo") == "Northwind IT lives in Asia/Tokyo now.\n"
    with desk.db.read() as session:
        assert session.scalars(select(Response.hour)).all() == [18]
    with pytest.raises(ConfigurationError, match="no time zone"):
        run(organisation_commands, "time-zone", "Tokyo")


def test_roll_ups_are_counted_anew(desk, organisation, answer, run):
    answer(9, 9)
    answer(0, answered_at=desk.now() - timedelta(days=40))
    assert run(db_commands, "rebuild-rollups") == "Northwind IT: 2 days counted anew.\n"
    assert run(db_commands, "rebuild-rollups") == "Northwind IT: 2 days counted anew.\n"
