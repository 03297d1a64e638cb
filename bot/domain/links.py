"""Links as each platform finds them in a text that we post: where one begins and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.values import dataclass

_WRITTEN = """
aaa aarp abarth abb abbott abbvie abc able abogado abudhabi ac academy accenture accountant accountants aco
active actor ad adac ads adult ae aeg aero aetna af afamilycompany afl africa ag agakhan agency ai aig aigo
airbus airforce airtel akdn al alfaromeo alibaba alipay allfinanz allstate ally alsace alstom am americanexpress
americanfamily amex amfam amica amsterdam an analytics android anquan anz ao aol apartments app apple aq
aquarelle ar arab aramco archi army arpa art arte as asda asia associates at athleta attorney au auction audi
audible audio auspost author auto autos avianca aw aws ax axa az azure ba baby baidu banamex bananarepublic band
bank bar barcelona barclaycard barclays barefoot bargains baseball basketball bauhaus bayern bb bbc bbt bbva bcg
bcn bd be beats beauty beer bentley berlin best bestbuy bet bf bg bh bharti bi bible bid bike bing bingo bio biz
bj bl black blackfriday blanco blockbuster blog bloomberg blue bm bms bmw bn bnl bnpparibas bo boats boehringer
bofa bom bond boo book booking boots bosch bostik boston bot boutique box bq br bradesco bridgestone broadway
broker brother brussels bs bt budapest bugatti build builders business buy buzz bv bw by bz bzh ca cab cafe cal
call calvinklein cam camera camp cancerresearch canon capetown capital capitalone car caravan cards care career
careers cars cartier casa case caseih cash casino cat catering catholic cba cbn cbre cbs cc cd ceb center ceo
cern cf cfa cfd cg ch chanel channel charity chase chat cheap chintai chloe christmas chrome chrysler church ci
cipriani circle cisco citadel citi citic city cityeats ck cl claims cleaning click clinic clinique clothing
cloud club clubmed cm cn co coach codes coffee college cologne com comcast commbank community company compare
computer comsec condos construction consulting contact contractors cooking cookingchannel cool coop corsica
country coupon coupons courses cpa cr credit creditcard creditunion cricket crown crs cruise cruises csc cu
cuisinella cv cw cx cy cymru cyou cz dabur dad dance data date dating datsun day dclk dds de deal dealer deals
degree delivery dell deloitte delta democrat dental dentist desi design dev dhl diamonds diet digital direct
directory discount discover dish diy dj dk dm dnp do docs doctor dodge dog doha domains doosan dot download
drive dtv dubai duck dunlop duns dupont durban dvag dvr dz earth eat ec eco edeka edu education ee eg eh email
emerck energy engineer engineering enterprises epost epson equipment er ericsson erni es esq estate esurance et
etisalat eu eurovision eus events everbank exchange expert exposed express extraspace fage fail fairwinds faith
family fan fans farm farmers fashion fast fedex feedback ferrari ferrero fi fiat fidelity fido film final
finance financial fire firestone firmdale fish fishing fit fitness fj fk flickr flights flir florist flowers
flsmidth fly fm fo foo food foodnetwork football ford forex forsale forum foundation fox fr free fresenius frl
frogans frontdoor frontier ftr fujitsu fujixerox fun fund furniture futbol fyi ga gal gallery gallo gallup game
games gap garden gay gb gbiz gd gdn ge gea gent genting george gf gg ggee gh gi gift gifts gives giving gl glade
glass gle global globo gm gmail gmbh gmo gmx gn godaddy gold goldpoint golf goo goodhands goodyear goog google
gop got gov gp gq gr grainger graphics gratis green gripe grocery group gs gt gu guardian gucci guge guide
guitars guru gw gy hair hamburg hangout haus hbo hdfc hdfcbank health healthcare help helsinki here hermes hgtv
hiphop hisamitsu hitachi hiv hk hkt hm hn hockey holdings holiday homedepot homegoods homes homesense honda
honeywell horse hospital host hosting hot hoteles hotels hotmail house how hr hsbc ht htc hu hughes hyatt
hyundai ibm icbc ice icu id ie ieee ifm iinet ikano il im imamat imdb immo immobilien in inc industries infiniti
info ing ink institute insurance insure int intel international intuit investments io ipiranga iq ir irish is
iselect ismaili ist istanbul it itau itv iveco iwc jaguar java jcb jcp je jeep jetzt jewelry jio jlc jll jm jmp
jnj jo jobs joburg jot joy jp jpmorgan jprs juegos juniper kaufen kddi ke kerryhotels kerrylogistics
kerryproperties kfh kg kh ki kia kim kinder kindle kitchen kiwi km kn koeln komatsu kosher kp kpmg kpn kr krd
kred kuokgroup kw ky kyoto kz la lacaixa ladbrokes lamborghini lamer lancaster lancia lancome land landrover
lanxess lasalle lat latino latrobe law lawyer lb lc lds lease leclerc lefrak legal lego lexus lgbt li liaison
lidl life lifeinsurance lifestyle lighting like lilly limited limo lincoln linde link lipsy live living lixil lk
llc llp loan loans locker locus loft lol london lotte lotto love lpl lplfinancial lr ls lt ltd ltda lu lundbeck
lupin luxe luxury lv ly ma macys madrid maif maison makeup man management mango map market marketing markets
marriott marshalls maserati mattel mba mc mcd mcdonalds mckinsey md me med media meet melbourne meme memorial
men menu meo merckmsd metlife mf mg mh miami microsoft mil mini mint mit mitsubishi mk ml mlb mls mm mma mn mo
mobi mobile mobily moda moe moi mom monash money monster montblanc mopar mormon mortgage moscow moto motorcycles
mov movie movistar mp mq mr ms msd mt mtn mtpc mtr mu museum mutual mutuelle mv mw mx my mz na nab nadex nagoya
name nationwide natura navy nba nc ne nec net netbank netflix network neustar new newholland news next
nextdirect nexus nf nfl ng ngo nhk ni nico nike nikon ninja nissan nissay nl no nokia northwesternmutual norton
now nowruz nowtv np nr nra nrw ntt nu nyc nz obi observer off office okinawa olayan olayangroup oldnavy ollo om
omega one ong onion onl online onyourside ooo open oracle orange org organic orientexpress origins osaka otsuka
ott ovh pa page pamperedchef panasonic panerai paris pars partners parts party passagens pay pccw pe pet pf
pfizer pg ph pharmacy phd philips phone photo photography photos physio piaget pics pictet pictures pid pin ping
pink pioneer pizza pk pl place play playstation plumbing plus pm pn pnc pohl poker politie porn post pr
pramerica praxi press prime pro prod productions prof progressive promo properties property protection pru
prudential ps pt pub pw pwc py qa qpon quebec quest qvc racing radio raid re read realestate realtor realty
recipes red redstone redumbrella rehab reise reisen reit reliance ren rent rentals repair report republican rest
restaurant review reviews rexroth rich richardli ricoh rightathome ril rio rip rmit ro rocher rocks rodeo rogers
room rs rsvp ru rugby ruhr run rw rwe ryukyu sa saarland safe safety sakura sale salon samsclub samsung sandvik
sandvikcoromant sanofi sap sapo sarl sas save saxo sb sbi sbs sc sca scb schaeffler schmidt scholarships school
schule schwarz science scjohnson scor scot sd se search seat secure security seek select sener services ses
seven sew sex sexy sfr sg sh shangrila sharp shaw shell shia shiksha shoes shop shopping shouji show showtime
shriram si silk sina singles site sj sk ski skin sky skype sl sling sm smart smile sn sncf so soccer social
softbank software sohu solar solutions song sony soy space spiegel sport spot spreadbetting sr srl srt ss st
stada staples star starhub statebank statefarm statoil stc stcgroup stockholm storage store stream studio study
style su sucks supplies supply support surf surgery suzuki sv swatch swiftcover swiss sx sy sydney symantec
systems sz tab taipei talk taobao target tatamotors tatar tattoo tax taxi tc tci td tdk team tech technology tel
telecity telefonica temasek tennis teva tf tg th thd theater theatre tiaa tickets tienda tiffany tips tires
tirol tj tjmaxx tjx tk tkmaxx tl tm tmall tn to today tokyo tools top toray toshiba total tours town toyota toys
tp tr trade trading training travel travelchannel travelers travelersinsurance trust trv tt tube tui tunes tushu
tv tvs tw tz ua ubank ubs uconnect ug uk um unicom university uno uol ups us uy uz va vacations vana vanguard vc
ve vegas ventures verisign vermögensberater vermögensberatung versicherung vet vg vi viajes video vig viking
villas vin vip virgin visa vision vista vistaprint viva vivo vlaanderen vn vodka volkswagen volvo vote voting
voto voyage vu vuelos wales walmart walter wang wanggou warman watch watches weather weatherchannel webcam weber
website wed wedding weibo weir wf whoswho wien wiki williamhill win windows wine winners wme wolterskluwer
woodside work works world wow ws wtc wtf xbox xerox xfinity xihuan xin xperia xxx xyz yachts yahoo yamaxun
yandex ye yodobashi yoga yokohama you youtube yt yun za zappos zara zero zip zippo zm zone zuerich zw ελ ευ бг
бел дети ею католик ком мкд мон москва онлайн орг рус рф сайт срб укр қаз հայ קום ابوظبي اتصالات ارامكو الاردن
البحرين الجزائر السعودية العليان المغرب امارات ایران بارت بازار بيتك بھارت تونس سودان سورية شبكة عراق عرب عمان
فلسطين قطر كاثوليك كوم مصر مليسيا موبايلي موريتانيا موقع همراه پاکستان ڀارت कॉम नेट भारत भारतम् भारोत संगठन
বাংলা ভারত ভাৰত ਭਾਰਤ ભારત ଭାରତ இந்தியா இலங்கை சிங்கப்பூர் భారత్ ಭಾರತ ഭാരതം ලංකා คอม ไทย ລາວ გე みんな クラウド
グーグル コム ストア セール ファッション ポイント 世界 中信 中国 中國 中文网 企业 佛山 信息 健康 八卦 公司 公益
台湾 台灣 商城 商店 商标 嘉里 嘉里大酒店 在线 大众汽车 大拿 天主教 娱乐 家電 工行 广东 微博 慈善 我爱你 手机
手表 招聘 政务 政府 新加坡 新闻 时尚 書籍 机构 淡马锡 游戏 澳門 点看 珠宝 移动 组织机构 网址 网店 网站 网络 联通
诺基亚 谷歌 购物 通販 集团 電訊盈科 飞利浦 食品 餐厅 香格里拉 香港 닷넷 닷컴 삼성 한국
"""

TLDS = frozenset(_WRITTEN.split())

ON_X = "x"

_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVALID = "\ufffe\ufeff\uffff"
_BLANKS = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&'()*+,\\\-./:;<=>?@\[\]^_{|}~$"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_CYRILLIC = "\u0400-\u04ff"
_HIGH = "\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0010fffd"

_BEFORE = rf"(?:[^A-Za-z0-9@＠$#＃{_INVALID}]|[{_TURNS}]|^)"
_SIGN = rf"[^{_PUNCTUATION}{_BLANKS}{_INVALID}{_TURNS}]"
_LABEL = rf"(?:{_SIGN}(?:[_-]|{_SIGN})*)?{_SIGN}\."
_NAME = rf"(?:{_SIGN}(?:-|{_SIGN})*)?{_SIGN}\."

_X_PATH = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_X_PATH_END = rf"[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]"
_X_QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_X_QUERY_END = r"[a-z0-9\-_&=#/]"

_M_PATH = rf"[^{_BLANKS}<>()?]"
_M_PATH_END = rf"[^{_BLANKS}()?!*\"'「」<>;:=,.$%\[\]~&|@]"
_M_QUERY = rf"(?-i:[A-Za-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{_HIGH}])"
_M_QUERY_END = rf"(?-i:[A-Za-z0-9_&=#/\-{_HIGH}])"
"""Without regard to case such a class takes long to compile: each of its letters is looked up."""

_TCO = re.compile(r"https?://t\.co/[a-z0-9]+(?:\?" + f"{_X_QUERY}*{_X_QUERY_END})?", re.IGNORECASE)
_MOST = 4096
"""Characters of a link; twitter-text takes no longer one for a link."""


_SENTENCE = "«»“”„‟‹›‘’…。，、！？；：）】》」』，．｡､،؛؟۔।॥၊။。\u200b\u2060\ufeff"
"""Signs that no address ends with, and Mastodon takes into it where no blank stands before them."""


@dataclass(frozen=True)
class Link:
    """A link in a text, from `start` to `end`. `is_known` where its platform is sure to take it for one."""

    start: int
    end: int
    url: str
    is_known: bool = True

    @property
    def address(self) -> str:
        """Where it is meant to lead, without a sign of the sentence; X puts http:// before what is written without."""
        bare = self.url.rstrip(_SENTENCE)
        return bare if "://" in bare else f"http://{bare}"

    @property
    def swallowed(self) -> str:
        """The sign of a sentence, or whatever follows it, that the platform takes into the link; "" for none."""
        match = re.search(f"[{_SENTENCE}]", self.url)
        return self.url[match.start() :] if match else ""


_TOP_LEVEL = re.compile(r"\.[^\W\d_][^\s.]")
"""What each name of a host that X knows ends with, at the least."""


def links_in(text: str, platform: str) -> tuple[Link, ...]:
    """Return every link of a text on a platform ("x", or anything else for Mastodon), in their order.

    What has https:// before it is a link whatever its host: lists of domains grow, and other servers have none.
    """
    if "://" not in text and not (platform == ON_X and _TOP_LEVEL.search(text)):
        return ()
    plain_links = _plain_links(text, is_x=platform == ON_X)
    return tuple(_found(text, is_x=platform == ON_X)) if plain_links is None else plain_links


_PLAIN_LINK = re.compile(
    r"http(?<![^ \n]http)s?://(?P<host>(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]+)(?:/[A-Za-z0-9_-]+)*/?(?=[ \n]|\Z)"
)


def _plain_links(text: str, *, is_x: bool) -> tuple[Link, ...] | None:
    """Return the links of a text that has none but the plainest, which are the same everywhere; None of another text.

    Most texts are such, and the patterns for all that can be a link take long to be made.
    """
    matches = list(_PLAIN_LINK.finditer(text))
    if len(matches) != text.count("://") or (is_x and _TOP_LEVEL.search(_PLAIN_LINK.sub("", text))):
        return None
    links = []
    for match in matches:
        host, url = match["host"], match.group()
        is_known = host.rpartition(".")[2] in TLDS
        if len(url) > _MOST or host == "t.co" or not (is_known or TLDS.isdisjoint(host.split("."))):
            return None  # a host may end in its midst for a platform that knows no such name
        links.append(Link(match.start(), match.end(), url, is_known and _is_name(host)))
    return tuple(links)


@dataclass(frozen=True)
class LinkEnds:
    """What is written as one address in a text, and what of it each platform takes for a link; "" for none."""

    start: int
    written: str
    on_mastodon: str
    on_x: str

    @property
    def left_by_x(self) -> str:
        """What X leaves out of the link, and Mastodon does not; "" for nothing."""
        return self.on_mastodon[len(self.on_x) :] if self.on_x and self.on_mastodon.startswith(self.on_x) else ""

    @property
    def glued(self) -> str:
        """Words of a script without blanks that stand right behind Latin letters in one step of a path; "" for none.

        They are hardly part of the address, and Mastodon takes them into it.
        """
        match = _GLUED_WORD.search(self.on_mastodon)
        return self.on_mastodon[match.start() + 1 :] if match else ""


_GLUED_WORD = re.compile(
    "[A-Za-z0-9\u0130\u0131\u017f\u212a][\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U0001f300-\U0001faff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese are written without blanks; signs and emoji follow words so too."""

_WRITTEN_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def link_ends(text: str) -> Iterator[LinkEnds]:
    """Yield every address that is written with https:// in a text, with what each platform takes for the link."""
    if "://" not in text:
        return
    links = {platform: {link.start: link.url for link in links_in(text, platform)} for platform in ("mastodon", ON_X)}
    for match in _WRITTEN_LINK.finditer(text):
        start = match.start()
        yield LinkEnds(start, match.group(), links["mastodon"].get(start, ""), links[ON_X].get(start, ""))


@lru_cache(maxsize=512)
def has_link(text: str, platform: str) -> bool:
    """Return whether there is a link in a text on a platform."""
    return bool(links_in(text, platform))


def _found(text: str, *, is_x: bool) -> Iterator[Link]:
    for match in _pattern(is_x).finditer(text):
        start, end, url = match.start("url"), match.end(), match["url"]
        if len(url) > _MOST:
            continue
        is_known = match["any"] is None and _is_name(match["domain"])
        if match["scheme"] is None and match["any"] is None:
            if is_known:
                yield from _bare(match, text)
            continue
        if is_x and (short := _TCO.match(url)):
            end, url = start + short.end(), short.group()
        yield Link(start, end, url, is_known)


def _is_name(domain: str) -> bool:
    """Return whether name servers could know a domain (RFC 3490)."""
    try:
        return bool(domain.encode("idna"))
    except UnicodeError:
        return False


def _bare(match: re.Match[str], text: str) -> Iterator[Link]:
    """Yield domains without https://, which X links where they are written in Latin letters, and not behind a sign of a
    name."""
    start, end, domain = match.start("url"), match.end(), match["domain"]
    if match.start() < start and text[start - 1] in "-_./":
        return
    spans = [(start + each.start(), start + each.end()) for each in _latin_domain().finditer(domain)]
    for place, (first, last) in enumerate(spans):
        is_last = place == len(spans) - 1
        last = end if is_last and match["path"] else last
        yield Link(first, last, text[first:last])


@lru_cache(maxsize=2)
def _pattern(is_x: bool) -> re.Pattern[str]:
    path, path_end = (_X_PATH, _X_PATH_END) if is_x else (_M_PATH, _M_PATH_END)
    query, query_end = (_X_QUERY, _X_QUERY_END) if is_x else (_M_QUERY, _M_QUERY_END)
    brackets = rf"\((?:{path}+|{path}*\({path}+\){path}*)\)"
    other = rf"@{path}+/" if is_x else rf"{path}+/"
    steps = rf"(?:{path}*(?:{brackets}{path}*)*(?:{path_end}|{brackets})|{other})"
    port, path_and_more, asked = r"(?::[0-9]+)?", rf"/{steps}*", rf"(?:\?{query}*{query_end})?"
    rest = rf"{port}(?:{path_and_more})?{asked}"
    domain = rf"(?:{_LABEL})*{_NAME}{_tld()}"
    known_host = (
        rf"(?P<scheme>https?://){'?' if is_x else ''}(?P<domain>{domain}){port}(?P<path>{path_and_more})?{asked}"
    )
    any_host = rf"(?P<any>https?://(?![\w.-]*://)(?:\[[0-9a-f:.]+\]|\w(?:[\w.-]*\w)?)){rest}"
    return re.compile(rf"{_BEFORE}(?P<url>{known_host}|{any_host})", re.IGNORECASE)


@lru_cache(maxsize=1)
def _tld() -> str:
    names = "|".join(sorted(TLDS, key=lambda name: (-len(name), name)))
    return rf"(?:(?:{names})(?=[^0-9a-zA-Z@+-]|\Z)|xn--[\-0-9a-z]+)"


@lru_cache(maxsize=1)
def _latin_domain() -> re.Pattern[str]:
    return re.compile(rf"(?:[\-a-z0-9{_LATIN}]+\.)+{_tld()}", re.IGNORECASE)
