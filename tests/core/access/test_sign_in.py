"""Signing in: what is accepted, what delays, what ends sessions."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from deskpulse.access import passphrases, users
from deskpulse.access.models import User
from deskpulse.access.sign_in import Delayed, delay_after, of_session, sign_in
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import AuditEntry

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
EMAIL, PASSPHRASE = "ann@corp.example", "correct horse battery"


@pytest.fixture
def user(desk, organisation):
    with desk.db.write() as session:
        return users.add(desk, session, organisation, " Ann@Corp.example", PASSPHRASE, actor="test", hasher=CHEAP)


def attempt(desk, passphrase, email=EMAIL):
    return sign_in(desk, email, passphrase, hasher=CHEAP)


def stored(desk):
    with desk.db.read() as session:
        return session.scalars(select(User)).one()


@pytest.mark.parametrize(
    ("passphrase", "complaint"),
    [
        ("thirteen char", "at least 14 characters"),
        ("abcdabcdabcdabcd", "5 different characters"),
        ("AaBbCcDdAaBbCcDd", "5 different characters"),
        ("my ANN@corp.example", "must not contain the e-mail address"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_weak_passphrases_are_refused(passphrase, complaint):
    assert complaint in passphrases.problem(passphrase, EMAIL)


def test_a_passphrase_is_the_same_however_the_keyboard_composes_it():
    kept = passphrases.hashed("Gru\u0308\u00dfe aus Ko\u0308ln", CHEAP)
    assert passphrases.fits("Gr\u00fc\u00dfe aus K\u00f6ln", kept, CHEAP)
    assert not passphrases.fits("Gr\u00fc\u00dfe aus K\u00f6ln!", kept, CHEAP)
    assert not passphrases.fits(PASSPHRASE, "no hash", CHEAP)


def test_passphrases_are_kept_with_argon2id(desk, user):
    assert user.passphrase_hash.startswith("$argon2id$")
    assert passphrases.is_outdated(user.passphrase_hash)


def test_the_right_passphrase_signs_in(desk, user, clock):
    assert attempt(desk, PASSPHRASE, " ANN@corp.EXAMPLE ").id == user.id
    assert stored(desk).signed_in_at == clock.at


def test_wrong_and_unknown_look_alike(desk, user, monkeypatch):
    tried = []
    monkeypatch.setattr(passphrases, "fits", lambda *given: tried.append(given) is not None)
    assert attempt(desk, "wrong") is None
    assert attempt(desk, "wrong", "nobody@corp.example") is None
    assert attempt(desk, "wrong", "no address") is None
    assert len(tried) == 3


def test_nobodys_passphrase_lets_nobody_in(desk):
    assert attempt(desk, "nobody's", "nobody@corp.example") is None


def test_failures_delay_ever_longer_and_success_forgives(desk, user, clock):
    for _ in range(3):
        assert attempt(desk, "wrong") is None
    with pytest.raises(Delayed) as delayed:
        attempt(desk, PASSPHRASE)
    assert delayed.value.until == clock.at + timedelta(seconds=8)
    clock.at = delayed.value.until
    assert attempt(desk, "wrong") is None
    assert stored(desk).locked_until == clock.at + timedelta(seconds=16)
    clock.advance(seconds=16)
    assert attempt(desk, PASSPHRASE).id == user.id
    assert (stored(desk).failures, stored(desk).locked_until) == (0, None)
    with desk.db.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "sign-in delayed")).all()
    assert [entry.detail["failures"] for entry in entries] == [3, 4]


def test_delays_grow_to_a_quarter_of_an_hour():
    assert [delay_after(failures) for failures in (1, 2)] == [None, None]
    assert [delay_after(failures).total_seconds() for failures in (3, 4, 9, 10, 5000)] == [8, 16, 512, 900, 900]


def test_guesses_at_the_same_time_do_not_get_ahead_of_the_delay(desk, user):
    ended = []

    def guess(number):
        try:
            ended.append(attempt(desk, f"wrong {number}"))
        except Delayed:
            ended.append("delayed")

    threads = [Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, ended)) == ["None"] * 3 + ["delayed"] * 9


def signed_in(session, user_id, epoch):
    """The id of whom a session belongs to."""
    found = of_session(session, user_id, epoch)
    assert found is None or found[0].organisation_id == found[1].id
    return found and found[0].id


def test_an_old_hash_is_renewed_at_sign_in(desk, user):
    dearer = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    assert sign_in(desk, EMAIL, PASSPHRASE, hasher=dearer)
    assert not passphrases.is_outdated(stored(desk).passphrase_hash, dearer)
    assert sign_in(desk, EMAIL, PASSPHRASE, hasher=dearer)


def test_another_passphrase_ends_all_sessions_and_lifts_the_delay(desk, user):
    for _ in range(3):
        attempt(desk, "wrong")
    with desk.db.write() as session:
        assert signed_in(session, user.id, 0) == user.id
        known = users.by_email(session, EMAIL)
        users.change_passphrase(desk, session, known, "another long passphrase", actor="test", hasher=CHEAP)
    with desk.db.read() as session:
        assert signed_in(session, user.id, 0) is None
        assert signed_in(session, user.id, 1) == user.id
    assert attempt(desk, PASSPHRASE) is None
    assert attempt(desk, "another long passphrase").id == user.id


def test_an_address_has_one_user(desk, organisation, user):
    with pytest.raises(ConfigurationError, match="has a user already"), desk.db.write() as session:
        users.add(desk, session, organisation, EMAIL.upper(), PASSPHRASE, actor="test", hasher=CHEAP)
    with pytest.raises(ConfigurationError, match="no e-mail address"), desk.db.write() as session:
        users.add(desk, session, organisation, "ann", PASSPHRASE, actor="test", hasher=CHEAP)


def test_removing_a_user_ends_their_sessions_and_stays_in_the_audit(desk, user):
    with desk.db.write() as session:
        users.remove(desk, session, users.by_email(session, EMAIL), actor="test")
    with desk.db.read() as session:
        assert signed_in(session, user.id, 0) is None
        assert list(session.scalars(select(AuditEntry.action))) == ["user added", "user removed"]
    with pytest.raises(ConfigurationError, match="no user"), desk.db.read() as session:
        users.by_email(session, EMAIL)
