"""What headings, types and signs in county offices' registers mean, each where it has one meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sim.evaluation.totals import SCHOOL_KINDS

# traditional letters that stand in headings and types, with their simplified ones; names are never changed
TRADITIONAL = str.maketrans(
    "學稱縣區類數師歷幹體藝術專輔積運動場館儀設備網絡媒間萬無識碼註計總級貫職業單資產額實組織機構屬規過對應點層種與處編鄉鎮辦於擁內電腦係樂"
    "轄殊啟聾隊導務無園兒幼",
    "学称县区类数师历干体艺术专辅积运动场馆仪设备网络媒间万无识码注计总级贯职业单资产额实组织机构属规过对应点层种与处编乡镇办于拥内电脑系乐"
    "辖殊启聋队导务无园儿幼",
)
AREA, MONEY, COUNT, ROOMS, CLASSES, SHARE, PLAIN = "area", "money", "count", "rooms", "classes", "share", "plain"
# what an amount of one unit is in the unit that the register uses; a power of ten is written as its exponent
UNITS: dict[str, dict[str, int | float]] = {
    AREA: {
        "m2": 0,
        "平方米": 0,
        "平米": 0,
        "平方": 0,
        "平": 0,
        "万m2": 4,
        "万平方米": 4,
        "万平米": 4,
        "公顷": 4,
        "ha": 4,
    }
    | {"亩": 2000 / 3},
    MONEY: {
        "元": 0,
        "人民币元": 0,
        "yuan": 0,
        "千元": 3,
        "万元": 4,
        "万": 4,
        "十万元": 5,
        "百万元": 6,
        "千万元": 7,
        "亿元": 8,
    },
    COUNT: {"人": 0, "名": 0, "位": 0, "个": 0, "人次": 0, "万人": 4},
    ROOMS: {"间": 0, "个": 0, "室": 0, "套": 0, "口": 0},
    CLASSES: {"个": 0, "班": 0, "个班": 0, "个教学班": 0},
    SHARE: {"%": -2},
    PLAIN: {},
}
MONEY_SIGNS = "¥￥"
UNIT = "|".join(
    sorted({re.escape(u) for table in UNITS.values() for u in table} | {"所", "册", "台"}, key=len, reverse=True)
)
UNIT_ONLY = re.compile(rf"(?:单位[::]?)?({UNIT})")
UNIT_LAST = re.compile(r"(?:[/_\-:,、]|单位[::]?)*(万平方米|平方米|平米|m2|公顷|亿元|百万元|万元|千元|(?<![一-龥])元)$")
STAGE = re.compile(r"(小学|初中|高中|primary|junior|senior)(学段|阶段|段|部|教育)?")
STAGES_READ = {"小学": "primary", "初中": "junior", "高中": "senior"}
ANY_TEACHER = "(?:专任|专职)?(?:教师|老师)?"
HEADS = "(?:总)?(?:人)?数?"
ABOVE = "(?:及|或|和|及其)?以上"
WHOLE_AREA = "(?:建筑|使用)?(?:总)?面积"
COUNTY_WORDS = "县市区|市县区|区县市|县区市|旗县区|区县旗|县市|县区|区县|旗县|旗区|县旗|县"
HAVING = "(?:中)?(?:具有|拥有)?"
# concept -> patterns of a heading without stage, unit, year and signs; the first that fits
PATTERNS: dict[str, tuple[str, ...]] = {
    "school_id": (
        r"(?:国标|国家)?(?:学校|机构|单位)?(?:机构)?(?:标识|识别)代?码",
        r"(?:学校|单位|机构)(?:代码|编码|编号|代号|号码|id)",
        r"学校机构代码|统一社会信用代码|代码|school_?id|school_?code|id",
    ),
    "name": (
        r"(?:学校|单位|机构|办学单位)?(?:机构)?(?:名称|全称)",
        r"(?:学|院)?校名(?:称)?|学校|单位|school|school_?name|name",
    ),
    "county": (
        rf"(?:所属|所在|隶属|所辖|归属)?(?:县级|县域|{COUNTY_WORDS})(?:行政区划?|单位)?(?:名称|名)?",
        r"县区市名|行政区划县级|县级行政区划|county|district",
    ),
    "type": (
        r"(?:学校|办学|机构|单位)?(?:机构)?(?:办学)?(?:性质)?(?:类型|类别|种类)(?:名称)?",
        r"学段|办学层次|办学学段|学校学段|school_?type|type",
    ),
    "pupils": (
        rf"(?:学校)?(?:在校|在籍|在读|现有)?(?:学生|生){HEADS}",
        r"(?:在校|在籍|在读)(?:人)?数|pupils|students|enrolment|enrollment",
    ),
    "teachers_above_degree": (
        rf"{ANY_TEACHER}{HAVING}(?:高于|超过|高出|超)(?:国家)?规定(?:的)?学历(?:层次|要求|标准)?(?:的)?{ANY_TEACHER}{HEADS}",
        rf"{ANY_TEACHER}(?:中)?高一(?:级|层次)(?:的)?学历(?:的)?{ANY_TEACHER}{HEADS}",
    ),
    "degree_diploma": (rf"{ANY_TEACHER}{HAVING}(?:大专|专科|大学专科){ABOVE}(?:学历)?(?:的)?{ANY_TEACHER}{HEADS}",),
    "degree_bachelor": (rf"{ANY_TEACHER}{HAVING}(?:大学)?本科{ABOVE}(?:学历)?(?:的)?{ANY_TEACHER}{HEADS}",),
    "backbone_teachers": (
        rf"{ANY_TEACHER}{HAVING}(?:(?:{COUNTY_WORDS}|区|旗)级?{ABOVE}(?:的)?|省市县级?)?骨干{ANY_TEACHER}{HEADS}",
    ),
    "pe_art_teachers": (
        rf"{ANY_TEACHER}(?:体育|音乐|美术|艺术|舞蹈|体|音|美|艺|与|和|及|类|学科|课程)+(?:专任|专职)?(?:教师|老师){HEADS}",
    ),
    "indoor_m2": (
        rf"(?:室内)?(?:体育)(?:馆|用房){WHOLE_AREA}",
        rf"室内(?:体育|运动)(?:用房|场馆|场所|馆|场){WHOLE_AREA}",
    ),
    "sports_area_m2": (
        rf"(?:室内外)?(?:体育运动|体育|运动)(?:活动)?场(?:地)?(?:及|和|与)?(?:体育|场)?馆地?{WHOLE_AREA}",
    ),
    "grounds_m2": (
        rf"(?:室外|校内)?(?:体育运动|体育活动|体育|运动)场地?{WHOLE_AREA}",
        rf"(?:室外)?操场{WHOLE_AREA}",
    ),
    "teaching_area_m2": (
        rf"教学(?:用房)?(?:及|和|与)?(?:教学)?(?:辅助|教辅)用房(?:{WHOLE_AREA})?",
        rf"教辅用房{WHOLE_AREA}",
    ),
    "equipment_value_yuan": (
        r"(?:固定资产(?:总值|值)?(?:中)?)?(?:教学|教学科研|教育教学)?(?:实验)?(?:仪器)?设备"
        r"(?:资产)?(?:总)?(?:价)?(?:值|额|金额|总值|资产值|资产总值)",
        r"教学仪器设备",
    ),
    "multimedia_rooms": (r"(?:网络|交互式|教学用|班班通)*多媒体(?:网络)?(?:(?:教室|教学班|室)(?:总)?(?:间)?数?|间数)",),
    "classes": (r"(?:现有)?(?:教学)?(?:班级|班)(?:总)?(?:个)?数|教学班|班级|classes",),
    "serial": (r"序号|编号|no\.?|行号|顺序号",),
}
CONCEPTS = tuple((concept, re.compile("|".join(patterns))) for concept, patterns in PATTERNS.items())
DERIVED = re.compile(
    r"生均|每百|百名|百生|人均|平均|比例|占比|百分比|[^分]率|是否|达标|差异|标准(?!化)|排名|得分|缺口|缺额|需求|应有|应配|计划|增减|新增|/生|/百"
)
PER_PUPIL = re.compile(r"^(?:生均|每百名?学生(?:拥有|配有|的)?)")
AMOUNT_ONLY = re.compile(
    r"(?:总)?(?:面积|人数|间数|总数|数量|数|总值|值|金额|总额)"
)  # a lower heading that says no more
NEVER = re.compile(r"县内|县外|留守|随迁|寄宿|残疾|女|毕业|招生|一年级|聘|兼职|代课|借用|危房|校级|市级|省级|国家级")
KNOWN_USELESS = re.compile(
    r"备注|说明|电话|联系|地址|校长|负责人|邮编|邮箱|教职工|专任教师|占地|校舍|图书|计算机|电脑|乡镇|街道|城乡|公办|民办|举办|办学性质|年度|年份|省|市州|地市|填报|经度|纬度|remark|note"
)
ORDINAL = re.compile(
    r"^(?:\(\d{1,2}\)|\d{1,2}[.、:)]|[一二三四五六七八九十]{1,2}[、.:]|\d{1,2}(?=[一-龥])(?!\d*[年名个人]))"
)
PREFIX = re.compile(
    r"20\d\d(?:[-至]20?\d\d)?(?:学年度|学年|年度|年)?(?:初|末|底|春季|秋季|春|秋)?|其中|其:|^拥有|^校舍(?:建筑)?(?:总)?面积(?:中)?(?=.)|现有|实有|全校|本校|\d+月(?:底|末)?|合计$|小计$|总计$"
)
SIGNS = re.compile(r"[\s、,，。.;:：；*#&\"'“”‘’/\\|_\-—–·+]+")

SUMS = re.compile(
    r".{0,20}?(?:合计|小计|总计|共计|累计|总和|汇总|平均|平均值|平均数|均值|合计数|总数)[:：]?"
    r"|(?:合计|小计|总计|共计|平均)\(.{0,20}\)|(?:grand|sub)?total:?|sum|average|mean"
)
SUM_HINT = re.compile(
    r"[合小总總共累]\s*[计計]|总和|總和|总数|總數|平\s*均|均值|[汇匯彙]\s*[总總]|total|sum|average|mean", re.IGNORECASE
)
NOTES = re.compile(
    r"(?:注|备注|说明|填表|填报|制表|审核|复核|负责|联系|经办|日期|单位[(:：]|单位负责|校长签|盖章|数据来源|来源|资料来源|附[:：]|统计|以上|以下|本表|note|source|remark)"
    r"|[一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\)", re.IGNORECASE
)  # fmt: skip

KINDS_ZH = ("教学点", "小学", "初中", "九年一贯制学校", "完全中学", "十二年一贯制学校", "特殊教育学校", "职业学校")
OUTSIDE, AMBIGUOUS, UNKNOWN, BLANK = -2, -3, -1, -4
_KINDS = (
    (0, "教学点 小学教学点 村教学点"),
    (1, "小学 完小 完全小学 中心小学 中心完小 中心校 村小 村小学 村完小 小学校 六年制小学"),
    (2, "初中 初级中学 独立初中 单设初中 初中学校 职业初中 三年制初中"),
    (3, "九年一贯制学校 九年一贯制 九年一贯 九年制学校 九年制 9年一贯制学校 9年一贯制 九年义务教育学校"),
    (4, "完全中学 完中 高完中"),
    (5, "十二年一贯制学校 十二年一贯制 十二年一贯 十二年制学校 十二年制 12年一贯制学校 12年一贯制"),
    (6, "特殊教育学校 特殊教育 特教学校 特教 盲校 聋校 聋哑学校 盲聋哑学校 培智学校 启智学校"),
    (7, "职业学校 职校 中职 中等职业学校 中职学校 职业高中 职高 职业高级中学 职教中心 技工学校 中专 中等专业学校"),
    (OUTSIDE, "高中 高级中学 普通高中 普高 独立高中 单设高中 幼儿园 托儿所 学前教育 学前 大学 高校 高等学校"),
    (AMBIGUOUS, "中学 一贯制学校 一贯制 学校 初小 不完全小学 普通中学 义务教育学校"),
)
_KIND_WORDS = {word: kind for kind, words in _KINDS for word in words.split()}
_KIND_WORDS |= {
    "teachingpoint": 0, "primaryschool": 1, "elementaryschool": 1, "juniorschool": 2, "juniorhighschool": 2,
    "juniorsecondaryschool": 2, "juniormiddleschool": 2, "nineyearschool": 3, "completesecondaryschool": 4,
    "twelveyearschool": 5, "specialschool": 6, "vocationalschool": 7, "seniorschool": OUTSIDE, "kindergarten": OUTSIDE,
}  # fmt: skip
_LONGEST_FIRST = re.compile("|".join(map(re.escape, sorted(_KIND_WORDS, key=len, reverse=True))))


# blanks, controls and format characters
_UNDRAWN = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]+"
)


def plain(text: str) -> str:
    """Return a heading or type as it is compared: NFKC, simplified letters, lower case, no blanks or format characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(TRADITIONAL)
    return _UNDRAWN.sub("", text).lower()


@lru_cache(maxsize=10_000)
def kind_of(cell: str) -> int:
    """Return the position in SCHOOL_KINDS that a type means, or OUTSIDE, AMBIGUOUS, UNKNOWN, BLANK."""
    word = plain(cell)
    if not word:
        return BLANK
    english = word.replace("-", "_")
    if english in SCHOOL_KINDS:
        return SCHOOL_KINDS.index(english)
    if word.replace("_", "").replace("-", "") in _KIND_WORDS:
        return _KIND_WORDS[word.replace("_", "").replace("-", "")]
    # 211-小学, 县直初中, 初级中学(三年制): the one type that the cell names; 小学附设初中班 names two
    kinds = {_KIND_WORDS[found] for found in _LONGEST_FIRST.findall(word)}
    if len(kinds) > 1 and re.search("(?:小学|初中|高中|中学)部", word):  # a part of a school is not a school
        return UNKNOWN
    if kinds == {4, OUTSIDE}:  # 完全中学(含高中)
        return 4
    return kinds.pop() if len(kinds) == 1 else AMBIGUOUS if kinds else UNKNOWN
