"""The directory as spreadsheets: what goes out comes back, and a wrong line changes nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from deskpulse.connections import connections
from deskpulse.directory import sheet, spreadsheet
from deskpulse.directory.models import AlsoAlert, Contact, Segment, SupportGroup
from deskpulse.directory.people import plain
from deskpulse.directory.sheet import Line
from deskpulse.organisation import organisations
from deskpulse.organisation.models import AuditEntry
from deskpulse.records import Group

ON_SQLITE = pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
"""For what does not depend on the database."""
CONTACTS = "email,name,mobile\nlea@corp.example,Lea,+491701234567\nbo@corp.example,Bo,\n"


@pytest.fixture
def take(desk, organisation):
    def run(kind, text, *, dry_run=False):
        content = text if isinstance(text, bytes) else text.encode()
        with desk.db.write() as session:
            return spreadsheet.take(desk, session, organisation.id, kind, content, actor="test", dry_run=dry_run)

    return run


@pytest.fixture
def exported(desk, organisation):
    def run(kind, separator=","):
        with desk.db.read() as session:
            return spreadsheet.export(session, organisation.id, kind, separator)

    return run


def effects(report):
    return [str(effect) for effect in report.effects]


def test_contacts_are_added_changed_and_kept(take, exported):
    assert effects(take("contacts", CONTACTS)) == [
        "line 2: create contact lea@corp.example",
        "line 3: create contact bo@corp.example",
    ]
    report = take("contacts", "email;mobile\nLEA@corp.example;'+49 170-765 43 21\nbo@corp.example;\n")
    assert effects(report) == [
        "line 2: change contact lea@corp.example: mobile from '+491701234567' to '+491707654321'",
        "line 3: keep contact bo@corp.example",
    ]
    assert exported("contacts").decode("utf-8-sig").splitlines() == [
        "email,name,mobile",
        "bo@corp.example,Bo,",
        "lea@corp.example,Lea,+491707654321",
    ]


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("email,name\nnobody,X\n", [(2, "'nobody' is no e-mail address")]),
        ("email,name\na@b.de,X\n\n A@B.de ,X\n", [(4, "contact a@b.de is in line 2 already")]),
        ('email,name\na@b.de,"two\nlines"\nx,X\n', [(4, "'x' is no e-mail address")]),
        ("email,mobile\na@b.de,0170 1234567\n", [(2, "no international number")]),
        ("email,name\na@b.de\n", [(2, "has 1 cells, the headings are 2")]),
        ("name,mobil\nX,Y\n", [(1, "the heading 'email' is missing"), (1, "unknown heading 'mobil'")]),
        ("email,email\n", [(1, "stands there twice"), (1, "stands there twice")]),
        ("", [(1, "the heading 'email' is missing")]),
        ("email\nä@b.de\n".encode("latin-1"), [(1, "not UTF-8")]),
    ],
)
def test_wrong_contacts_are_refused_by_line(take, exported, text, problems):
    take("contacts", CONTACTS)
    before = exported("contacts")
    report = take("contacts", text)
    assert len(report.problems) == len(problems)
    for (line, said), (expected_line, expected) in zip(report.problems, problems, strict=True):
        assert line == expected_line
        assert expected in said
    assert exported("contacts") == before


def test_segments(take, exported):
    assert take("segments", "position,code,name\n1,BER,Berlin\n2,BER,Beratung\n").count("create") == 2
    report = take("segments", "position,code,name\n1,BER,Berlin HQ\n3,X,Y\n2,a b,Y\n2,C,\n")
    assert [line for line, _ in report.problems] == [3, 4, 5]
    assert take("segments", "position,code,name\n1,BER,Berlin HQ\n").count("change") == 1
    assert exported("segments", ";").decode("utf-8-sig").splitlines() == [
        "position;code;name",
        "1;BER;Berlin HQ",
        "2;BER;Beratung",
    ]


GROUPS = (
    "code,name,department,lead,also alerts\n"
    "desk,Service Desk,it,lea@corp.example,bo@corp.example lea@corp.example\n"
    "it,IT,,lea@corp.example,\n"
)


def test_groups_with_departments_leads_and_alerts(desk, take, exported):
    take("contacts", CONTACTS)
    assert take("groups", GROUPS).count("create") == 2
    assert exported("groups").decode("utf-8-sig").splitlines() == [
        "code,name,department,lead,also alerts,active,connection,vendor id",
        "desk,Service Desk,it,lea@corp.example,bo@corp.example lea@corp.example,yes,,",
        "it,IT,,lea@corp.example,,yes,,",
    ]
    report = take("groups", "code,lead,also alerts,active\ndesk,,bo@corp.example,no\n")
    assert effects(report) == [
        (
            "line 2: change group desk: lead from 'lea@corp.example' to '', "
            "also alerts from 'bo@corp.example lea@corp.example' to 'bo@corp.example', active from 'yes' to 'no'"
        )
    ]
    with desk.db.read() as session:
        group = session.scalars(select(SupportGroup).where(SupportGroup.code == "desk")).one()
        assert (group.lead_id, group.active, group.parent_id is None) == (None, False, False)
        assert len(session.scalars(select(AlsoAlert)).all()) == 1


def test_a_group_without_lead_is_pointed_out(take):
    assert take("groups", "code,name\ndesk,Desk\n").warnings == [(2, "group desk has no Support Lead")]


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("code,name\nservice desk,X\n", 2, "is no code"),
        ("code,name\nnew,\n", 2, "needs a name"),
        ("code,name\nnew,X\nnew,Y\n", 3, "the code new is used by line 2"),
        ("code,name\ndesk,X\ndesk,Y\n", 3, "is in line 2 already"),
        ("code,department\ndesk,nowhere\n", 2, "no group has the code 'nowhere'"),
        ("code,department\nit,desk\n", 2, "it would be above itself"),
        ("code,department\nit,it\n", 2, "it would be above itself"),
        ("code,lead\nit,who@corp.example\n", 2, "is no contact"),
        ("code,lead\nit,lea@corp.example bo@corp.example\n", 2, "at most 1"),
        ("code,also alerts\nit,a@b.de b@b.de c@b.de d@b.de e@b.de f@b.de g@b.de\n", 2, "at most 6"),
        ("code,active\nit,perhaps\n", 2, "yes or no"),
        ("code,connection,vendor id\nit,other-9,7\n", 2, "no connection 'other-9'"),
    ],
)
def test_wrong_groups_are_refused_by_line(take, exported, text, line, said):
    take("contacts", CONTACTS)
    take("groups", GROUPS)
    before = exported("groups")
    report = take("groups", text)
    assert [number for number, _ in report.problems] == [line]
    assert said in report.problems[0][1]
    assert exported("groups") == before


def test_codes_can_be_swapped_and_departments_follow(desk, sync, take, exported):
    sync(Group("g1", "One"), Group("g2", "Two"), Group("g3", "Three", parent_id="g1"))
    text = exported("groups").decode("utf-8-sig")
    swapped = text.replace("one,One", "x,One").replace("two,Two", "one,Two").replace("x,One", "two,One")
    report = take("groups", swapped.replace("three,Three,one", "three,Three,two"))
    assert sorted(effects(report)) == [
        "line 2: change group one: code from 'one' to 'two'",
        "line 3: keep group three",
        "line 4: change group two: code from 'two' to 'one'",
    ]
    with desk.db.read() as session:
        rows = {row.vendor_id: row for row in session.scalars(select(SupportGroup))}
    assert (rows["g1"].code, rows["g2"].code, rows["g3"].parent_id) == ("two", "one", rows["g1"].id)
    assert sync(Group("g1", "One"), Group("g2", "Two"), Group("g3", "Three", parent_id="g1")).changed == 0


def test_what_the_helpdesk_says_stays(desk, connection_id, sync, take):
    sync(Group("g1", "One"))
    report = take("groups", f"code,name,active,connection,vendor id\none,Uno,no,listing-{connection_id},g1\n")
    assert [said for _, said in report.warnings if "Lead" not in said] == [
        "active follows the helpdesk: 'yes' stays",
        "name follows the helpdesk: 'One' stays",
    ]
    assert (report.problems, report.count("keep")) == ([], 1)
    report = take("groups", "code,connection,vendor id\none,,\n")
    assert "comes from a helpdesk" in report.problems[0][1]


def test_a_group_made_by_hand_can_be_tied_to_the_helpdesk(desk, connection_id, sync, take):
    take("groups", "code,name\nnet,Network\n")
    assert take("groups", f"code,connection,vendor id\nnet,listing-{connection_id},g7\n").count("change") == 1
    sync(Group("g7", "Network"))
    with desk.db.read() as session:
        (group,) = session.scalars(select(SupportGroup))
    assert (group.vendor_id, group.code) == ("g7", "net")


def test_a_dry_run_changes_nothing(desk, take, exported):
    take("contacts", CONTACTS)
    before = exported("groups")
    assert take("groups", GROUPS, dry_run=True).count("create") == 2
    assert exported("groups") == before
    with desk.db.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "directory imported")).all()
    assert [(entry.actor, entry.subject, entry.detail) for entry in entries] == [
        ("test", "contacts", {"create": 2, "change": 0, "keep": 0})
    ]


def test_another_organisations_directory_is_out_of_reach(desk, connection_id, sync, take, exported):
    sync(Group("g1", "One"))
    take("contacts", CONTACTS)
    take("segments", "position,code,name\n1,BER,Berlin\n")
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
        connections.create(desk, session, other, "listing", "x", {})
        for kind in spreadsheet.SHEETS:
            assert len(spreadsheet.export(session, other.id, kind).splitlines()) == 1
        line = f"code,name,lead,connection,vendor id\none,Mine,lea@corp.example,listing-{connection_id},g1\n"
        report = spreadsheet.take(desk, session, other.id, "groups", line.encode(), actor="test")
    assert "no connection" in report.problems[0][1]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TRAPS = st.sampled_from(["=1+1", "'=1+1", "''@x", "+49", "-", "@a", "'", "+x", "'+49", "a,b;c", 'say "hi"'])
NAMES = st.one_of(TEXT, TRAPS).map(plain)
CODES = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=5), st.sampled_from(",;"))
def test_every_cell_comes_back(pairs, separator):
    rows = [{"left": left, "right": right or "x"} for left, right in pairs]
    content = sheet.write(("left", "right"), rows, separator)
    lines, report = sheet.read(content, ("left", "right"), ())
    assert (report.problems, [line.cells for line in lines]) == ([], rows)
    assert not re.search(rb'(^|[,;\n])"?[=@]', content)


def test_the_example_of_a_trap():
    content = sheet.write(("name",), [{"name": "=HYPERLINK(1)"}, {"name": "+491"}, {"name": "-2+3"}])
    assert content.decode("utf-8-sig").splitlines() == ["name", "'=HYPERLINK(1)", "+491", "'-2+3"]
    assert sheet.read(content, ("name",), ())[0][2] == Line(4, {"name": "-2+3"})


@ON_SQLITE
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_an_export_imported_again_keeps_everything(desk, organisation, take, exported, data):
    codes = data.draw(st.lists(CODES, min_size=1, max_size=6, unique=True))
    with desk.db.write() as session:
        for table in (AlsoAlert, SupportGroup, Contact, Segment):
            session.execute(delete(table))
        people = [
            Contact(organisation_id=organisation.id, email=f"p{n}@corp.example", name=data.draw(NAMES), mobile=mobile)
            for n, mobile in enumerate(["", "+4917012345", "+15550001111"])
        ]
        session.add_all(people)
        session.flush()
        groups: list[SupportGroup] = []
        for code in codes:
            group = SupportGroup(
                organisation_id=organisation.id,
                code=code,
                name=data.draw(NAMES) or "x",
                active=data.draw(st.booleans()),
                parent_id=data.draw(st.sampled_from([None, *(group.id for group in groups)])),
                lead_id=data.draw(st.sampled_from([None, *(person.id for person in people)])),
            )
            session.add(group)
            session.flush()
            groups.append(group)
            for person in data.draw(st.lists(st.sampled_from(people), unique=True)):
                session.add(AlsoAlert(group_id=group.id, contact_id=person.id))
            session.add(Segment(organisation_id=organisation.id, position=1, code=code, name=group.name))
    for kind in spreadsheet.SHEETS:
        before = exported(kind, data.draw(st.sampled_from(",;")))
        report = take(kind, before)
        assert report.problems == []
        assert {effect.action for effect in report.effects} == {"keep"}
