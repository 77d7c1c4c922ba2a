"""The statement that computes Standing costs what its partners cost, and not what the vendor's tables hold."""

import pytest
from django.db import connection

from followups.standing.dialect import among, instant
from followups.standing.statement import upsert
from tests.factories import NOW, make_partner

pytestmark = pytest.mark.django_db
MANY = 8_000
CONTACTS = """INSERT INTO partners_contact
  (partner_id, name, email, phone, role, language, time_zone, is_primary, created_at)
SELECT id, company, 'kim' || id || '@x.example', '', 'owner', '', '', TRUE, signed_at
FROM partners_partner WHERE reference LIKE 'many%%'"""
PARTNERS = """INSERT INTO partners_partner (vendor_id, company, company_key, reference, country, time_zone, language,
  size, phone, manager_id, state, signed_at)
SELECT vendor_id, 'Many ' || n, 'many ' || n, 'many' || n, 'DE', '', '', '', '', manager_id, 'signed', signed_at
FROM partners_partner, generate_series(1, %s) n WHERE id = %s"""
ACTIVITIES = """INSERT INTO partners_activity (vendor_id, partner_id, at, side, kind, actor_name, note, data)
SELECT vendor_id, id, signed_at, 'vendor', 'signed', '', '', '{}' FROM partners_partner"""


ORDERS = """INSERT INTO partners_order (vendor_id, partner_id, reference, ordered_on, quantity, imported_at)
SELECT vendor_id, id, reference || n, signed_at::date, 1, signed_at
FROM partners_partner, generate_series(1, 3) n WHERE reference LIKE 'many%%'"""


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite looks into the index for each row by itself")
@pytest.mark.parametrize("is_analyzed", [False, True])
def test_a_batch_reads_no_whole_table(is_analyzed: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PARTNERS, [MANY, make_partner().pk])
        cursor.execute(CONTACTS)
        cursor.execute(ACTIVITIES)
        if is_analyzed:
            cursor.execute("ANALYZE")
        cursor.execute("SELECT id FROM partners_partner ORDER BY id DESC LIMIT 1000")
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {upsert(among('id', ids))}", {"now": instant(NOW)})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "on partners_contact" in plan
    assert "on partners_activity" in plan
    assert "Seq Scan on partners_contact" not in plan
    assert "Seq Scan on partners_activity" not in plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite counts the orders of a batch once")
@pytest.mark.parametrize("known", ["nothing yet", "that it was empty", "what is there"])
def test_orders_are_looked_up_by_partner_whatever_is_known_of_the_table(known: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PARTNERS, [MANY, make_partner().pk])
        cursor.execute(ORDERS)
        if known == "what is there":
            cursor.execute("ANALYZE")
        elif known == "that it was empty":
            cursor.execute("UPDATE pg_class SET reltuples = 0 WHERE relname LIKE 'partners_%'")
        cursor.execute("SELECT id FROM partners_partner ORDER BY id DESC LIMIT 1000")
        ids = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(f"EXPLAIN {upsert(among('id', ids))}", {"now": instant(NOW)})
        lines = [line.strip() for (line,) in cursor.fetchall()]
    [at] = [place for place, line in enumerate(lines) if line.endswith("_order") or " on partners_order " in line]
    assert "Seq Scan" not in lines[at]
    assert "Cond: (partner_id = p" in lines[at + 1]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL")
def test_no_statement_is_compiled_first() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
