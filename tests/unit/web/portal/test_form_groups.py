"""The form's groups fold, the check is always at hand, and the browser may keep a draft."""

from __future__ import annotations

from tests.pages import parsed
from tests.unit.web.portal.conftest import ENGLISH, HINDI, Site, Visitor
from tests.unit.web.portal.test_filling import totals, value_of


def open_groups(page) -> list[str]:
    return page.xpath("//details[@class='group' and @open]/@id")


def test_at_first_only_the_first_group_is_unfolded(visitor: Visitor) -> None:
    page = visitor.get("fill")
    assert open_groups(page) == ["part-budget"]
    assert len(page.xpath("//details[@class='group']")) == 8
    assert "0 of 13 filled in" in page.xpath("string(//details[@id='part-output']/summary)")


def test_groups_with_something_found_are_unfolded(visitor: Visitor) -> None:
    typed = totals(visitor.get("fill")) | {"in_OP1_total": "2", "in_OP2_total": "3"}
    typed |= {"in_OP2_women": "5", "in_B1_total": "9", "do": "check"}
    page = parsed(visitor.post("fill", data=typed).text)
    assert "part-output" in open_groups(page)
    assert "part-activity" not in open_groups(page)
    for anchor in page.xpath("//div[@id='summary']//a/@href"):
        assert page.xpath(f"//details[@open]//*[@id='{anchor[1:]}']"), anchor
    assert "13 of 13 filled in" in page.xpath("string(//details[@id='part-output']/summary)")


def test_the_check_is_at_hand_wherever_one_is_in_the_form(site: Site) -> None:
    for agency, label in ((ENGLISH, "Only check"), (HINDI, "केवल जाँचें")):
        page = site.visitor(agency).get("fill")
        (button,) = page.xpath("//form[@id='fill']/div[@class='bar']/button")
        assert (button.get("value"), button.text_content()) == ("check", label)


def test_a_draft_is_taken_up_as_typed_and_stores_nothing(visitor: Visitor) -> None:
    data = {"in_OP2_total": "17", "entry_success_9_text": "A fair", "do": "draft"}
    page = parsed(visitor.post("fill", data=data).text)
    assert value_of(page, "in_OP2_total") == "17"
    assert value_of(page, "entry_success_0_text") == "A fair"
    assert not page.xpath("//div[@id='summary'] | //section[@class='read']")
    assert "Nothing yet." in visitor.get().text_content()


def test_a_draft_has_one_name_for_an_agency_and_quarter_whatever_the_link(site: Site) -> None:
    visitor, later, other = site.visitor(), site.visitor(days=30), site.visitor(HINDI)
    page = visitor.get("fill")
    name = page.xpath("string(//form/@data-draft)")
    assert len(name) == 16
    assert later.link != visitor.link
    assert later.get("fill").xpath("string(//form/@data-draft)") == name
    assert other.get("fill").xpath("string(//form/@data-draft)") != name
    typed = {**totals(page), "in_B1_total": "9", "do": "send"}
    sent = visitor.follow(visitor.post("fill", data=typed))
    assert sent.xpath("string(//@data-draft-sent)") == name


def test_only_a_page_that_was_opened_offers_a_draft(visitor: Visitor) -> None:
    assert visitor.get("fill").xpath("//form/@data-fresh")
    checked = parsed(visitor.post("fill", data={"do": "check"}).text)
    assert not checked.xpath("//form/@data-fresh")


def test_the_script_is_ours_and_no_other_may_run(visitor: Visitor) -> None:
    address = visitor.get("fill").xpath("string(//script/@src)")
    answer = visitor.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
