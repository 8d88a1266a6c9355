"""Referrers and campaigns to the names of sources, and these to channels."""

import pytest

from collector.enrich import known
from collector.enrich.channel import CHANNELS, channel_of
from collector.enrich.click import CLICKS
from collector.enrich.known import known_host, known_word
from collector.enrich.source import DIRECT, name_source
from collector.tests.hits import hit

KINDS = {"ai", "email", "link", "search", "shopping", "social", "video"}


def source_of(referrer):
    """What a referrer is called where nothing else is known."""
    fields = {"hostname": "shop.example", "source": "", "click_id_name": ""}
    return name_source(hit({"r": referrer}), fields)["source"]


@pytest.mark.parametrize(
    ("referrer", "name"),
    [
        ("https://www.google.com/", "Google"),
        ("https://www.google.de/", "Google"),
        ("https://google.com.br/", "Google"),
        ("https://news.google.com/articles/1", "Google News"),
        ("https://news.google.co.jp/", "Google News"),
        ("https://mail.google.com/mail/u/0", "Gmail"),
        ("https://docs.google.com/document/d/1", "Google Docs"),
        ("https://gemini.google.com/app", "Gemini"),
        ("https://google.evil.example/", "google.evil.example"),
        ("https://notgoogle.com/", "notgoogle.com"),
        ("https://www-shop-example.cdn.ampproject.org/c/s/a", "Google"),
        ("android-app://com.google.android.googlequicksearchbox/", "Google"),
        ("android-app://com.google.android.gm/", "Gmail"),
        ("android-app://com.Slack/", "Slack"),
        ("android-app://com.maker.app/", "com.maker.app"),
        ("https://cn.bing.com/search", "Bing"),
        ("https://yandex.kz/", "Yandex"),
        ("https://m.facebook.com/", "Facebook"),
        ("https://l.instagram.com/?u=1", "Instagram"),
        ("https://t.co/abc", "X"),
        ("https://old.reddit.com/r/x", "Reddit"),
        ("https://youtu.be/", "YouTube"),
        ("https://www.amazon.co.uk/dp/1", "Amazon"),
        ("https://chatgpt.com/", "ChatGPT"),
        ("https://chat.mistral.ai/", "Le Chat"),
        ("https://search.brave.com/", "Brave"),
        ("https://m.blog.example/a", "blog.example"),
        ("https://amp.blog.example/a", "blog.example"),
        ("https://www2.blog.example/a", "blog.example"),
        ("https://m.example/", "m.example"),
        ("https://BLOG.example:8443/a", "blog.example"),
        ("https://user:pass@blog.example/", "blog.example"),
        ("https://xn--mller-kva.example/", "xn--mller-kva.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        ("ftp://blog.example/", DIRECT),
        ("https://[broken/", DIRECT),
        ("https://a b/", DIRECT),
        (f"https://{'a' * 300}.example/", DIRECT),
        ("blog.example", DIRECT),
        ("", DIRECT),
    ],
)
def test_a_referrer_has_one_name(referrer, name):
    """In every country, on telephones and in apps; nothing for what is no address."""
    assert source_of(referrer) == name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("google", "Google"), ("Google", "Google"), ("adwords", "Google"), ("FB", "Facebook"),
        ("ig", "Instagram"), ("twitter", "X"), ("chatgpt.com", "ChatGPT"), ("hn", "Hacker News"),
        ("www.linkedin.com", "LinkedIn"), ("hacker news", "Hacker News"),
    ],
)  # fmt: skip
def test_a_campaign_may_call_a_source_by_many_names(tag, name):
    """A short form, a host, a name in any letters."""
    assert known_word(tag).name == name


@pytest.mark.parametrize("tag", ["friend", "spring.sale", "com", "."])
def test_other_words_stand_for_themselves(tag):
    """No list knows them."""
    assert known_word(tag) is None


CHANNEL_CASES = [
    (DIRECT, "", "", "Direct"),
    (DIRECT, "", "spring", "Direct"),
    ("friend.example", "", "", "Referral"),
    ("friend.example", "referral", "", "Referral"),
    ("Google Docs", "", "", "Referral"),
    ("Google", "", "", "Organic Search"),
    ("friend.example", "organic", "", "Organic Search"),
    ("Google", "cpc", "", "Paid Search"),
    ("Google", "PPC", "", "Paid Search"),
    ("Google", "cpc", "X Cross-Network 1", "Cross-network"),
    ("Google", "cpc", "shopping-de", "Paid Shopping"),
    ("Google", "cpc", "workshop", "Paid Search"),
    ("Google", "", "eshop", "Organic Shopping"),
    ("Amazon", "", "", "Organic Shopping"),
    ("Amazon", "paid", "", "Paid Shopping"),
    ("Facebook", "", "", "Organic Social"),
    ("friend.example", "social-media", "", "Organic Social"),
    ("Facebook", "paid-social", "", "Paid Social"),
    ("YouTube", "", "", "Organic Video"),
    ("friend.example", "video-ad", "", "Organic Video"),
    ("YouTube", "cpv", "", "Paid Video"),
    ("friend.example", "retargeting", "", "Paid Other"),
    ("friend.example", "cpm", "", "Display"),
    ("friend.example", "banner", "", "Display"),
    ("ChatGPT", "", "", "AI Assistants"),
    ("ChatGPT", "referral", "", "AI Assistants"),
    ("Gmail", "", "", "Email"),
    ("newsletter", "", "", "Email"),
    ("friend.example", "e-mail", "", "Email"),
    (DIRECT, "email", "", "Email"),
    ("friend.example", "affiliate", "", "Affiliates"),
    ("friend.example", "audio", "", "Audio"),
    ("friend.example", "sms", "", "SMS"),
    ("sms", "", "", "SMS"),
    ("friend.example", "web-push", "", "Mobile Push Notifications"),
    ("firebase", "", "", "Mobile Push Notifications"),
]


@pytest.mark.parametrize(("source", "medium", "campaign", "channel"), CHANNEL_CASES)
def test_a_visit_has_one_channel(source, medium, campaign, channel):
    """The first whose rule fits."""
    assert channel_of(source, medium, campaign) == channel


def test_there_are_19_channels_and_each_has_a_case():
    """The table above reaches all of them."""
    assert len(CHANNELS) == 19
    assert {case[3] for case in CHANNEL_CASES} == CHANNELS


@pytest.mark.parametrize("name", CLICKS)
def test_a_click_id_leads_to_a_channel_that_is_no_riddle(name):
    """An advertiser's is paid for, a newsletter's is mail; a share on a network is free."""
    click = CLICKS[name]
    channel = channel_of(click.source, click.medium, "")
    assert channel not in ("Direct", "Referral")


def test_the_lists_are_whole():
    """Every line has a name and places of a known kind, and says what it is known for."""
    assert {found.kind for found in known._PLACES.values()} == KINDS
    assert len(known._PLACES) > 700
    for place, found in known._PLACES.items():
        assert place == place.lower(), place
        assert found.name, place
        same = known_host(place.replace("{}", "de")) if "." in place else known_word(place)
        assert same is not None, place
