from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import dates
from pipelines.dates import find_dates, zone_of

ZONE = zone_of("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "written", "precision"),
    [
        ("2020年02月05日 19:01", "2020-02-05T19:01:00+08:00", "minute"),
        ("2020-02-05 19:01:21", "2020-02-05T19:01:21+08:00", "second"),
        ("2024年05月10日06:58", "2024-05-10T06:58:00+08:00", "minute"),
        ("2020.2.5", "2020-02-05", "day"),
        ("2020/2/5 9:05", "2020-02-05T09:05:00+08:00", "minute"),
        ("20200205", "2020-02-05", "day"),
        ("２０２０年２月５日", "2020-02-05", "day"),
        ("二〇二〇年二月五日", "2020-02-05", "day"),
        ("二○二○年十二月三十一日", "2020-12-31", "day"),
        ("一九九八年十月二十日", "1998-10-20", "day"),
        ("二〇二〇年", "2020", "year"),
        ("2020年2月", "2020-02", "month"),
        ("民國109年2月5日 下午3:05", "2020-02-05T15:05:00+08:00", "minute"),
        ("18-03-08 23:16", "2018-03-08T23:16:00+08:00", "minute"),
        ("2020-05-19 HKT 14:21", "2020-05-19T14:21:00+08:00", "minute"),
        ("2024年5月22日週三 上午8:21", "2024-05-22T08:21:00+08:00", "minute"),
        ("2024-05-08T23:23:00+09:00", "2024-05-08T23:23:00+09:00", "second"),
        ("01. April 2025, 15:25", "2025-04-01T15:25:00+08:00", "minute"),
        ("Publié le 30 août 2023 à 14h52", "2023-08-30T14:52:00+08:00", "minute"),
        ("22 de outubro de 2010 às 20:13", "2010-10-22T20:13:00+08:00", "minute"),
        ("21.04.2024, 20:24 Uhr", "2024-04-21T20:24:00+08:00", "minute"),
        ("2024-05-08T23:23:00Z", "2024-05-09T07:23:00+08:00", "second"),
        ("Mon, 05 Feb 2020 10:00:00 GMT", "2020-02-05T18:00:00+08:00", "second"),
        ("March 5, 2020", "2020-03-05", "day"),
        ("2019-09-07 13:43:45 来源", "2019-09-07T13:43:45+08:00", "second"),
    ],
)
def test_reads_dates_as_people_write_them(text: str, written: str, precision: str) -> None:
    (moment,) = find_dates(text)
    assert (moment.written(ZONE), moment.precision) == (written, precision)


@pytest.mark.parametrize("text", ["农历庚子年正月十二", "2020-13-05", "1.2020.3.4", "2月5日", ""])
def test_reads_nothing_into_what_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_the_raw_text_is_that_of_the_page() -> None:
    (moment,) = find_dates("发布：２０２０年２月５日　来源")
    assert moment.raw == "２０２０年２月５日"
    assert moment.start == 3


def test_utc_is_the_earliest_instant_meant() -> None:
    moments = find_dates("2020-02-05 和 2020年3月")
    assert [m.utc(ZONE) for m in moments] == [
        "2020-02-04T16:00:00Z",
        "2020-02-29T16:00:00Z",
    ]


def test_several_dates_come_in_order_of_place() -> None:
    assert [m.year for m in find_dates("二〇一九年 2021-01-02 2020.3.4")] == [2019, 2021, 2020]


def test_an_unknown_zone_is_plus_eight() -> None:
    assert find_dates("2020-02-05 08:00")[0].utc(zone_of("No/Such")) == "2020-02-05T00:00:00Z"


@given(st.text(alphabet="0123456789-/.年月日时分: 二〇十民國Tz上午下午+Z", max_size=60))
def test_never_raises(text: str) -> None:
    for moment in find_dates(text):
        moment.written(ZONE)
        moment.utc(ZONE)


DATED = (
    "19 20 2020 98 18-03-08 2020-02-05 2020. 5.2. 5 02 年 月 日 民國 民国 109 二〇二〇年 二○ 十二月 三日 March Mai de "
    ". , - / ２０２４ ٢٠ T 10:20"
)


@given(st.lists(st.sampled_from([*DATED.split(), " ", "　"]), max_size=14).map("".join))
def test_no_pattern_is_left_out_that_finds_a_date(text: str) -> None:
    found = find_dates(text)
    with pytest.MonkeyPatch.context() as patch:
        every = (dates._NUMERIC, dates._MINGUO, dates._HAN, *dates._NAMED, dates._DOTTED, dates._SHORT)
        patch.setattr(dates, "_patterns_for", lambda narrowed: (*every, dates._YEAR_MONTH, dates._COMPACT))
        assert found == find_dates(text)


@pytest.mark.parametrize("text", ["1 ſep 2020", "dİc 3, 2020", "dıc 3, 2020"])
def test_letters_that_only_look_like_a_month_are_no_date(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize("text", ["March ٣, 2020", "1٣ March 2020", "1٣.3.2020", "2020-1-1٣"])
def test_digits_of_other_scripts_are_digits(text: str) -> None:
    assert all(moment.day in (1, 3, 13) for moment in find_dates(text))
