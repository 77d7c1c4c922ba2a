"""By which way the database finds what it is asked for."""

from collections.abc import Callable
from typing import Any

from django.db import connection


def explaining(plans: list[str]) -> Callable[..., Any]:
    """Notes the database's plan for each question, with the values that are asked for."""
    words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT"):
            context["cursor"].cursor.execute(f"{words} {sql}", params)
            plans.append("\n".join(str(row[-1]) for row in context["cursor"].cursor.fetchall()))
        return execute(sql, params, many, context)

    return explain
