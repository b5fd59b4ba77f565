"""What templates may put behind a `|`, named by what it shows.

Days and moments, as texts of other houses or as values; moments are told as the clock in Japan:

| filter              | shows                                                              |
|---------------------|--------------------------------------------------------------------|
| `short_date`        | 11月24日（火）; of another year 令和7年3月24日（月）               |
| `full_date`         | 令和8年11月24日（火）, always with its year                        |
| `time_of_day`       | 7:05                                                               |
| `time_to_second`    | 7:05:31                                                            |
| `short_moment`      | 7:05 where it was today, else 11月24日（火）7:05                   |
| `date_and_time`     | 11月24日（火） 7:05, or Tue, 24 Nov 2026, 7:05 on an English page  |
| `written_moment`    | 令和8年11月24日（火）7:05, always with its year                    |
| `birthday`          | 2016年5月10日, 令和2年5月10日                                      |
| `until`             | 12月1日（火）23:59                                                  |
| `given_name`        | 陽菜 of 髙橋 陽菜; a name without a space as it stands              |
| `machine_time`      | 2026-11-24T07:05:31+09:00, for the attribute of a <time>           |

Texts, people and how they are reached:

| filter              | gives                                                              |
|---------------------|--------------------------------------------------------------------|
| `links`             | a text in pieces, those with an address or a number to call marked |
| `marked`            | a text in pieces, the given 〔　〕 marked                          |
| `in_english`        | the words of an audience in English; None where we have none       |
| `reason`            | why a delivery did not arrive, from a reason's code                |
| `mending`           | what to ask a family for, from a reason's code; may be nothing     |
| `why_not_reached`   | the distinct reasons among the answers for one child               |
| `point_health`      | how one contact point stands                                       |
| `reach`             | how somebody of the roster is reached: channels, and what is wrong |
| `by_class`          | rows that stand in the order of classes, class by class            |
| `cell`              | what must be corrected in a cell of an Excel file                  |
| `note`              | what is worth knowing of a cell of an Excel file                   |
| `unused`            | what of an Excel file was not read, and why                        |
| `year_from`         | where a child of a change of the year sits now                     |
| `year_to`           | where it will sit, or that it leaves                               |
| `refusal`           | the sentence for a refusal's code                                  |
| `change`            | one thing that an Excel file would change: from what to what       |
| `said`              | a sentence with the school's own words in their places             |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import get_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from common import clock
from common.answers.directory import ChangeDetail
from gateway.domain import (
    cell_words,
    dates,
    english,
    health,
    imports,
    people,
    reasons,
    texts,
    years,
)
from gateway.pages import door, errors


def install(app: Flask) -> None:
    """Give templates their filters."""
    app.jinja_env.filters.update(
        short_date=_short_date,
        full_date=_full_date,
        time_of_day=_time_of_day,
        time_to_second=_time_to_second,
        short_moment=_short_moment,
        date_and_time=_date_and_time,
        machine_time=_machine_time,
        given_name=people.given_name,
        birthday=dates.say_birthday,
        until=dates.say_until,
        written_moment=dates.say_written_moment,
        links=texts.split_links,
        marked=texts.split_marked,
        in_english=english.in_english,
        reason=reasons.reason_words,
        mending=reasons.mending_words,
        why_not_reached=reasons.why_not_reached,
        point_health=health.health_of,
        reach=health.reach_of,
        by_class=people.by_class,
        change=_change,
        cell=_cell,
        note=_note,
        unused=cell_words.explain_unused,
        year_from=years.say_from,
        year_to=years.say_to,
        refusal=errors.sentence,
        said=_said,
    )


@pass_context
def _said(_: Context, text: str) -> str:
    """Return a text in the words of the school that is spoken of.

    With the context, because Jinja answers other filters of a constant once, when it compiles: the
    first school of a process would speak for all.
    """
    return door.school_words().say(text)


def _change(detail: ChangeDetail) -> str:
    return imports.say_detail(detail, door.school_words())


def _cell(error: Mapping[str, Any]) -> str:
    return cell_words.explain_cell(error, door.school_words())


def _note(note: Mapping[str, Any]) -> str:
    return cell_words.explain_note(note, door.school_words())


def _short_date(value: str | date) -> str:
    return dates.say_day(_day_in_japan(value), today=clock.today())


def _day_in_japan(value: str | date) -> date:
    """Return a day as it is, and of a moment the day that it falls on in Japan."""
    if isinstance(value, str) and "T" in value:
        return clock.to_jst(dates.as_moment(value)).date()
    if isinstance(value, datetime):
        return clock.to_jst(value).date()
    return dates.as_day(value)


def _full_date(value: str | date) -> str:
    return dates.say_date(dates.as_day(value))


def _time_of_day(value: str | datetime) -> str:
    return dates.say_time(dates.as_moment(value))


def _time_to_second(value: str | datetime) -> str:
    return dates.say_second(dates.as_moment(value))


def _short_moment(value: str | datetime) -> str:
    return dates.say_moment(dates.as_moment(value), today=clock.today())


def _date_and_time(value: str | datetime) -> str:
    """Say a moment with its day, in the language of the page.

    The day is told because a guardian's page is opened again days later.
    """
    moment = dates.as_moment(value)
    if str(get_locale()) == "en":
        return dates.say_moment_in_english(moment)
    return f"{_short_date(moment)} {dates.say_time(moment)}"


def _machine_time(value: str | datetime) -> str:
    moment = dates.as_moment(value)
    return clock.to_jst(moment).isoformat(timespec="seconds")
