"""The bench of the engine prints what others read."""

import json

from analytics_saas.bench import select_1


def test_it_prints_both_ways_to_ask(monkeypatch, capsys):
    """One JSON line each, with the aim beside the figure."""
    monkeypatch.setattr(select_1, "ROUNDS", 20)
    monkeypatch.setattr(select_1, "WARM_UP", 2)
    select_1.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["bench"] for line in lines] == ["select_1_http", "select_1_clickhouse_connect"]
    assert all(0 < line["median_ms"] <= line["p99_ms"] for line in lines)
    assert {line["aim_ms"] for line in lines} == {3}
