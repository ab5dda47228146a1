"""Server-side scripts: what the stand-ins for the instance's API do, and how rules before and after a write behave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

VECTOR = (
    '1767225600.{"event":"ticket.resolved","table":"incident","sys_id":"1c741bd70b2322007518478d83673af3",'
    '"number":"INC0000060","state":"6","sys_mod_count":"15"}'
)


@pytest.fixture
def run(account: Any, maker: Any) -> Any:
    """Runs a piece of script in an asynchronous rule on an incident, and gives what it logged."""

    def running(script: str, **rule: str) -> list[str]:
        maker.rule(script, filter_condition="", **rule)
        account.sim.install_app(maker.package(), {})
        account.patch("incident", account.id("Open"), {"priority": "1"})
        assert account.sim.wait_idle()
        found: list[str] = account.log()
        return found

    return running


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("current.number", "INC0010003"),
        ("current.caller_id.email", "ann@customer.example"),
        ("current.caller_id.location.name", "Berlin"),
        ("current.caller_id.getDisplayValue()", "Ann Customer"),
        ("current.state.getDisplayValue()", "In Progress"),
        ("current.getDisplayValue('state')", "In Progress"),
        ("current.state == 2", "true"),
        ("current.getValue('active')", "1"),
        ("current.getValue('company')", "null"),
        ("current.company.nil()", "true"),
        ("current.isValidField('nonsense')", "false"),
        ("current.getTableName() + current.isValidRecord()", "incidenttrue"),
        ("current.priority.changes()", "false"),
        ("previous", "null"),
        ("gs.getUserName()", "deskpulse.integration"),
        ("gs.hasRole('itil') + ',' + gs.hasRole('user_admin')", "true,false"),
        ("gs.getProperty('instance_name')", "acme"),
        ("gs.getProperty('nothing', 'otherwise')", "otherwise"),
        ("gs.getProperty('nothing')", "null"),
        ("gs.base64Encode('nps-demo-secret')", "bnBzLWRlbW8tc2VjcmV0"),
        ("gs.base64Decode('w6Q=')", "ä"),
        ("GlideStringUtil.escapeHTML('<b> & \"c\"')", "&lt;b&gt; &amp; &#34;c&#34;"),
        ("new GlideDateTime('2026-01-05 09:00:00').getNumericValue()", "1767603600000"),
        ("typeof process + typeof require", "undefinedundefined"),
    ],
)
def test_what_a_script_reads(run: Any, expression: str, said: str) -> None:
    assert run(f"gs.info({expression});") == [said]


@pytest.mark.parametrize(
    ("secret", "data", "mac"),
    [
        ("sample_key", "sample_data", "4VWUI48lJvmGSF6MYmOVWA9c0hfu55Ur+3e+fUFFFr4="),
        (
            "nps-demo-secret",
            VECTOR,
            "ST62AiTSXNuxdIqqzxU4Imykj/qFA1no+vbmwyn08ko=",
        ),
    ],
)
def test_generate_mac_takes_and_gives_base64(run: Any, secret: str, data: str, mac: str) -> None:
    script = "gs.info(new {}CertificateEncryption().generateMac(gs.base64Encode('{}'), 'HmacSHA256', '{}'));"
    both = "".join(script.format(kind, secret, data) for kind in ("Glide", ""))
    assert run(both) == [mac, mac]


def test_records_are_found_added_changed_and_deleted(run: Any, account: Any) -> None:
    said = run(
        """var row = new GlideRecord('incident');
        row.addQuery('state', 'IN', '6,7').addOrCondition('short_description', 'Untouched');
        row.addActiveQuery();
        row.orderByDesc('short_description');
        row.query();
        gs.info('rows ' + row.getRowCount());
        while (row.next()) gs.info(row.short_description + ' ' + row.state);
        var group = new GlideRecord('sys_user_group');
        group.initialize();
        group.name = 'Made by script';
        var id = group.insert();
        gs.info(group.isValidRecord() + ' ' + (id === group.getUniqueValue()));
        var again = new GlideRecord('sys_user_group');
        gs.info(again.get('name', 'Made by script'));
        again.setValue('description', 'Changed');
        again.update();
        var limited = new GlideRecord('sys_user_group');
        limited.addEncodedQuery('nameSTARTSWITHNetwork^ORDERBYname');
        limited.setLimit(1);
        limited.query();
        gs.info(limited.next() + ' ' + limited.getValue('name') + ' ' + limited.next());
        var none = new GlideRecord('sys_user');
        gs.info(none.get('f'.repeat(32)));"""
    )
    expected = ["rows 2", "Untouched 1", "Solved 6", "true true", "true", "true Network false", "false"]
    assert said == expected
    assert account.rows("sys_user_group", "name=Made by script")[0]["description"] == "Changed"


def test_set_workflow_false_skips_rules(run: Any, account: Any) -> None:
    said = run(
        """gs.info('ran for ' + current.number);
        if (current.short_description == 'Open') {
            var other = new GlideRecord('incident');
            other.get('short_description', 'More 0');
            other.setWorkflow(false);
            other.priority = 2;
            other.update();
        }"""
    )
    assert said == ["ran for INC0010003"]
    assert account.one("incident", account.id("More 0"))["priority"] == "2"


def test_a_before_rule_changes_the_write_and_sees_what_was(run: Any, account: Any) -> None:
    said = run(
        """current.category = 'network';
        gs.info(previous.priority + '>' + current.priority + current.priority.changesTo(1));""",
        when="before",
    )
    assert said == ["3>1true"]
    assert account.one("incident", account.id("Open"))["category"] == "network"


def test_a_before_rule_can_refuse_the_write(account: Any, maker: Any) -> None:
    maker.rule("current.setAbortAction(true);", when="before", filter_condition="", condition="current.priority == 1")
    account.sim.install_app(maker.package(), {})
    key = account.id("Open")
    assert account.call("PATCH", f"/table/incident/{key}", {"priority": "1"}).status_code == 403
    assert account.patch("incident", key, {"priority": "2"})["priority"] == "2"


def test_rules_of_a_parent_table_and_conditions(account: Any, maker: Any) -> None:
    maker.rule("gs.info(current.getTableName());", collection="task", filter_condition="priorityCHANGES")
    maker.rule("gs.info('closing');", name="not", condition="current.state.changesTo(6)", filter_condition="")
    account.sim.install_app(maker.package(), {})
    account.patch("sc_req_item", account.id("A laptop"), {"priority": "1"})
    account.patch("incident", account.id("Open"), {"category": "network"})
    assert account.sim.wait_idle()
    assert account.log() == ["sc_req_item"]


def test_a_script_that_throws_is_logged_and_harms_nobody(run: Any, account: Any) -> None:
    (said,) = run("nothing.atAll();")
    assert said.startswith("told: ReferenceError")
    assert account.one("incident", account.id("Open"))["priority"] == "1"


def test_a_rest_message_of_the_set_is_used(run: Any, maker: Any, receiver: Any) -> None:
    message = maker.add("sys_rest_message", "nps", {"name": "NPS", "rest_endpoint": receiver.url})
    method = {"rest_message": message, "function_name": "tell", "http_method": "post", "rest_endpoint": receiver.url}
    maker.add("sys_rest_message_fn", "tell", method | {"content": '{"number": "${number}"}'})
    said = run(
        """var call = new sn_ws.RESTMessageV2('NPS', 'tell');
        call.setStringParameter('number', '<' + current.number + '>');
        call.setQueryParameter('a', 'b c');
        gs.info(call.execute().getStatusCode());"""
    )
    assert said == ["202"]
    (call,) = receiver.wait(1)
    assert (call.method, call.path) == ("POST", "/in?a=b+c")
    assert call.body == b'{"number": "&lt;INC0010003&gt;"}'


def test_a_receiver_that_is_not_there(run: Any) -> None:
    said = run(
        """var call = new sn_ws.RESTMessageV2();
        call.setEndpoint('http://127.0.0.1:9/in');
        var answer = call.execute();
        gs.info(answer.haveError() + ' ' + answer.getStatusCode() + ' ' + answer.getErrorMessage());"""
    )
    assert said == ["true 0 Unable to reach the endpoint"]


def test_rules_on_insert_and_delete(account: Any, maker: Any) -> None:
    maker.rule(
        "gs.info('new ' + current.number);", name="i", action_insert="true", action_update="false", filter_condition=""
    )
    maker.rule(
        "gs.info('gone ' + current.number);", name="d", action_delete="true", action_update="false", filter_condition=""
    )
    account.sim.install_app(maker.package(), {})
    made = account.create("incident", {"short_description": "Short-lived"})
    assert account.sim.wait_idle()
    account.admin.call("DELETE", f"/table/incident/{made['sys_id']}")
    assert account.sim.wait_idle()
    assert account.log() == [f"new {made['number']}", f"gone {made['number']}"]


def test_scheduled_scripts_run_when_the_clock_steps_over_their_time(account: Any, maker: Any) -> None:
    account.control("/delivery", {"scheduler": 3600.0})
    script = {"active": "true", "script": "gs.info('daily ' + gs.getUserName());", "run_type": "daily"}
    maker.add("sysauto_script", "daily", {"name": "daily"} | script)
    quarter = {"run_type": "periodically", "run_period": "1970-01-01 06:00:00", "script": "gs.info('quarter');"}
    maker.add("sysauto_script", "quarter", {"name": "quarter"} | script | quarter)
    never = {"conditional": "true", "condition": "false", "script": "gs.info('never');"}
    maker.add("sysauto_script", "never", {"name": "never"} | script | never)
    account.sim.install_app(maker.package(), {})
    account.control("/clock", {"advance": 86_400 + 60})
    assert sorted(account.log()) == ["daily admin", *["quarter"] * 4]


def test_the_time_of_a_signature_is_the_receivers(account: Any, maker: Any) -> None:
    maker.rule("var t = new GlideDateTime(); gs.info(t.getValue() + '|' + t.getNumericValue());", filter_condition="")
    account.sim.install_app(maker.package(), {})
    account.control("/clock", {"advance": 3 * 86_400})
    account.patch("incident", account.id("Open"), {"priority": "1"})
    assert account.sim.wait_idle()
    value, number = account.log()[0].split("|")
    ahead = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp() - int(number) / 1000
    assert ahead == pytest.approx(3 * 86_400, abs=2)
