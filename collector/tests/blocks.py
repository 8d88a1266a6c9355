"""Blocks of ClickHouse's format Native, read by the driver's own reader."""

from types import SimpleNamespace

from clickhouse_connect.driver.ctypes import RespBuffCls
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform


def read_block(block):
    """Return a block's columns by name."""
    source = RespBuffCls(SimpleNamespace(gen=iter([block]), close=lambda: None))
    result = NativeTransform.parse_response(source, QueryContext(column_oriented=True))
    return dict(zip(result.column_names, result.result_columns, strict=True))


def table_rows(rows, table, *names):
    """Return what a batch inserts into a table: the named columns of each row, or all."""
    for one in rows.inserts:
        if one.table == table:
            columns = read_block(one.block)
            return list(zip(*(columns[name] for name in names or one.columns), strict=True))
    return []
