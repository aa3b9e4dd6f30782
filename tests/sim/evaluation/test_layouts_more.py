# ruff: noqa: E501
"""More registers as offices keep them: written after the reader, to see what share of layouts it had not met it reads."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import InputError
from sim.evaluation.register import read_register
from tests.sim.evaluation.registers import SCHOOLS, as_csv, as_xlsx, grid, plain
from tests.sim.evaluation.test_layouts import CHINESE, ONE_STAGE, renamed, same, verdict


def of_one_stage(headings: dict[str, str]) -> tuple[str, list[list[Any]]]:
    """Schools of one stage only."""
    return "one", grid(headings, ONE_STAGE)


def everyone(headings: dict[str, str]) -> tuple[str, list[list[Any]]]:
    """All schools."""
    return "all", grid(headings)


def called(change: dict[str, str]) -> tuple[str, list[list[Any]]]:
    """All schools, some headings called otherwise."""
    return everyone(renamed(CHINESE, change))


MORE: dict[str, tuple[str, list[list[Any]]]] = {}
MORE["A 统计"] = of_one_stage(
    {
        "学校名称": "name",
        "学校标识码": "id",
        "学校办学类型": "type",
        "所属县（区）": "county",
        "城乡代码": "=121",
        "班数": "classes",
        "在校学生数": "pupils",
        "教职工数": "=80",
        "专任教师数": "=70",
        "其中:高于规定学历": "degree",
        "骨干教师(县级及以上)": "backbone",
        "音体美专任教师数": "peart",
        "校舍建筑面积": "=9000",
        "教学及辅助用房面积(平方米)": "rooms",
        "体育运动场馆面积(平方米)": "sports",
        "教学仪器设备资产值(万元)": "wan",
        "网络多媒体教室数": "media",
    }
)
MORE["B 斜线"] = called(
    {
        "所属县区": "区（县、市）",
        "学校名称": "学校（全称）",
        "办学类型": "学校类别（小学/初中/九年一贯制）",
        "小学在校生数": "小学学生数",
        "初中在校生数": "初中生数",
        "高中在校生数": "高中生数",
    }
)
MORE["C 编号"] = everyone({f"{i + 1}.{k}": v for i, (k, v) in enumerate(CHINESE.items())})
MORE["C2 编号"] = everyone({f"（{i + 1}）{k}": v for i, (k, v) in enumerate(CHINESE.items())})
MORE["C3 编号"] = everyone({f"{i + 1}、{k}": v for i, (k, v) in enumerate(CHINESE.items())})
MORE["E 段"] = called({k: k.replace("小学", "小学段").replace("初中", "初中段") for k in CHINESE})
MORE["E2 部"] = called(
    {k: k.replace("小学", "小学部").replace("初中", "初中部").replace("高中", "高中部") for k in CHINESE}
)
MORE["G 简称"] = called(
    {
        "小学高于规定学历教师数": "小学高一层次学历教师数",
        "初中高于规定学历教师数": "初中高一层次学历教师数",
        "小学县级及以上骨干教师数": "小学县级以上骨干教师人数",
        "初中县级及以上骨干教师数": "初中县级以上骨干教师人数",
        "教学及辅助用房面积（㎡）": "教辅用房面积",
        "体育运动场馆面积（㎡）": "体育场地（馆）面积",
        "教学仪器设备值（万元）": "设备总值（万元）",
        "网络多媒体教室数（间）": "多媒体间数",
    }
)
MORE["G2"] = called(
    {
        "小学体育艺术专任教师数": "小学体音美教师",
        "初中体育艺术专任教师数": "初中体音美教师",
        "网络多媒体教室数（间）": "班班通多媒体教室数",
        "体育运动场馆面积（㎡）": "体育运动场馆总面积(m2)",
    }
)
MORE["G3"] = called(
    {
        "小学在校生数": "小学在校学生总数（人）",
        "教学仪器设备值（万元）": "教学仪器设备总值(单位：万元)",
        "办学类型": "学校性质类型",
        "学校标识码": "学校代码（10位）",
    }
)
MORE["单位括号"] = called(
    {
        "小学在校生数": "小学在校生数【人】",
        "教学及辅助用房面积（㎡）": "教学及辅助用房面积：平方米",
        "体育运动场馆面积（㎡）": "体育运动场馆面积-平方米",
    }
)
g = grid(CHINESE)
MORE["I 空列"] = ("all", [[]] + [["", "", *r] for r in [["基本情况表"]]] + [["", *r] for r in g])
MORE["K 总计在上"] = (
    "all",
    [g[0], ["", "全市总计", "", ""] + [sum(x for x in (r[c] for r in g[1:]) if x != "") for c in range(4, 19)], *g[1:]],
)


def units(rows):
    out = [rows[0]]
    for r in rows[1:]:
        out.append(
            [
                (
                    f"{v:,}人"
                    if 4 <= c <= 12 and v != ""
                    else f"{v}万元"
                    if c == 15
                    else f"{v}㎡"
                    if c in (13, 14)
                    else v
                )
                for c, v in enumerate(r)
            ]
        )
    return out


MORE["L 单位格"] = ("all", units(g))


def ty(rows, m):
    return [[m.get(v, v) if isinstance(v, str) else v for v in r] for r in rows]


MORE["M 类型"] = ("all", ty(g, {"小学": "乡镇小学", "初级中学": "县直初中", "教学点": "小学教学点"}))
MORE["M2 类型"] = (
    "all",
    ty(g, {"小学": "六年制完全小学", "初级中学": "初级中学（三年制）", "九年一贯制学校": "九年一贯制学校（中学）"}),
)
MORE["M3 类型"] = ("all", ty(g, {"小学": "小学 ", "初级中学": "普通初中", "九年一贯制学校": "9年一贯制"}))
MORE["名称换行"] = called(
    {
        "教学及辅助用房面积（㎡）": "教学及辅\n助用房面\n积（㎡）",
        "教学仪器设备值（万元）": "教学仪器\r\n设备值\r\n（万元）",
    }
)


def top():
    a = ["序号", "学校", "", "", "在校生", "", "", "教师", "", "", "", "", "", "办学条件", "", "", "", "备注"]
    b = [
        "",
        "学校名称",
        "县区",
        "学校类型",
        "小学",
        "初中",
        "高中",
        "高于规定学历",
        "",
        "骨干教师",
        "",
        "体育艺术教师",
        "",
        "教学及辅助用房（平方米）",
        "体育运动场馆（平方米）",
        "教学仪器设备值（万元）",
        "网络多媒体教室（间）",
        "",
    ]
    c = ["", "", "", "", "", "", "", "小学", "初中", "小学", "初中", "小学", "初中", "", "", "", "", ""]
    f = [
        "=1",
        "name",
        "county",
        "type",
        "pupils.0",
        "pupils.1",
        "pupils.2",
        "degree.0",
        "degree.1",
        "backbone.0",
        "backbone.1",
        "peart.0",
        "peart.1",
        "rooms",
        "sports",
        "wan",
        "media",
        "",
    ]
    return [
        ["某市义务教育优质均衡发展基本情况"],
        ["填报单位（盖章）：", "", "", "", "", "填报时间：2023年10月"],
        a,
        b,
        c,
        *grid(dict(zip(map(str, range(99)), f, strict=False)))[1:],
    ]


MORE["其中组"] = ("all", top())


def official():
    names = [("高于规定学历教师", "degree"), ("骨干教师", "backbone"), ("体育、艺术专任教师", "peart")]
    a = ["学校名称", "县区", "学校类型", "在校生数"]
    b = ["", "", "", ""]
    f = ["name", "county", "type", "pupils"]
    for n, k in names:
        a += [f"每百名学生拥有{n}数", ""]
        b += [f"{n}数（人）", "每百名学生拥有数"]
        f += [k, "=5.5"]
    for n, k in [("教学及辅助用房面积", "rooms"), ("体育运动场馆面积", "sports")]:
        a += [f"生均{n}", ""]
        b += [f"{n}（㎡）", "生均（㎡）"]
        f += [k, "=5.5"]
    a += ["生均教学仪器设备值", ""]
    b += ["教学仪器设备值（万元）", "生均（元）"]
    f += ["wan", "=2000"]
    a += ["每百名学生拥有网络多媒体教室数", ""]
    b += ["网络多媒体教室数", "每百名学生拥有数"]
    f += ["media", "=2.5"]
    return [a, b, *grid(dict(zip(map(str, range(99)), f, strict=False)), ONE_STAGE)[1:]]


MORE["七项"] = ("one", official())
MORE["教师其中"] = called(
    {
        "小学高于规定学历教师数": "小学专任教师中：高于规定学历",
        "初中高于规定学历教师数": "初中专任教师中：高于规定学历",
        "小学县级及以上骨干教师数": "小学专任教师其中县级及以上骨干",
        "初中县级及以上骨干教师数": "初中专任教师其中县级及以上骨干",
    }
)
MORE["全称"] = called(
    {
        "所属县区": "所属区县名称",
        "网络多媒体教室数（间）": "网络多媒体教室间数",
        "教学及辅助用房面积（㎡）": "教学及辅助用房总面积（平方米）",
        "小学班级数": "小学班数",
        "初中班级数": "初中班数",
    }
)
MORE["学校数代码2"] = everyone(
    {"统一社会信用代码": "=9152", "单位代码": "id", **{k: v for k, v in CHINESE.items() if k != "学校标识码"}}
)
MORE["县名"] = called({"所属县区": "县市区", "学校名称": "校名", "办学类型": "学段类别"})
MORE["体育运动"] = called(
    {
        "体育运动场馆面积（㎡）": "运动场（馆）面积（㎡）",
        "小学体育艺术专任教师数": "小学体育与艺术教师数",
        "初中体育艺术专任教师数": "初中体育与艺术教师数",
    }
)
MORE["音体美三列"] = everyone(
    {
        **{k: v for k, v in CHINESE.items() if "体育艺术" not in k},
        "小学体育教师": "pe.0",
        "小学音乐教师": "art.0",
        "小学美术教师": "=0",
        "初中体育教师": "pe.1",
        "初中音乐教师": "art.1",
        "初中美术教师": "=0",
    }
)
MORE["括号学段"] = called(
    {
        k: k.replace("小学", "").replace("初中", "").replace("高中", "")
        + ("（小学）" if "小学" in k else "（初中）" if "初中" in k else "（高中）" if "高中" in k else "")
        for k in CHINESE
    }
)
MORE["横线学段"] = called(
    {
        k: (
            k.replace("小学", "").replace("初中", "").replace("高中", "")
            + ("-小学" if "小学" in k else "-初中" if "初中" in k else "-高中")
        )
        if any(x in k for x in ("小学", "初中", "高中"))
        else k
        for k in CHINESE
    }
)
MORE["冒号学段"] = called(
    {k: k.replace("小学", "小学：").replace("初中", "初中：").replace("高中", "高中：") for k in CHINESE}
)
MORE["生数"] = called(
    {
        "小学在校生数": "小学生数",
        "初中在校生数": "初中生数",
        "高中在校生数": "高中生数",
        "学校名称": "学校（校点）名称",
        "办学类型": "校点类型",
        "所属县区": "县（区）名",
    }
)
MORE["学历小学"] = called(
    {"小学高于规定学历教师数": "大专及以上学历教师（小学）", "初中高于规定学历教师数": "本科及以上学历教师（初中）"}
)
MORE["县市"] = called({"所属县区": "县（市、区、特区）"})
MORE["县市2"] = called({"所属县区": "行政区划（县级）"})
MORE["教学面积"] = called({"教学及辅助用房面积（㎡）": "教学及辅助用房（含教室、实验室等）面积（㎡）"})
MORE["馆场"] = called({"体育运动场馆面积（㎡）": "运动场地及场馆面积"})
MORE["体育场所"] = called({"体育运动场馆面积（㎡）": "体育活动场馆面积（平米）"})
MORE["设备"] = called({"教学仪器设备值（万元）": "教学仪器设备总额（万元）"})
MORE["设备2"] = called({"教学仪器设备值（万元）": "教学、科研仪器设备资产值（万元）"})
MORE["设备3"] = called({"教学仪器设备值（万元）": "仪器设备（万元）"})
MORE["媒体"] = called({"网络多媒体教室数（间）": "网络多媒体教室（间数）"})
MORE["媒体2"] = called({"网络多媒体教室数（间）": "拥有网络多媒体教室数"})
MORE["骨干"] = called(
    {
        "小学县级及以上骨干教师数": "小学县级以上（含县级）骨干教师数",
        "初中县级及以上骨干教师数": "初中县级以上（含县级）骨干教师数",
    }
)
MORE["骨干2"] = called(
    {
        "小学县级及以上骨干教师数": "小学区（县）级及以上骨干教师",
        "初中县级及以上骨干教师数": "初中区（县）级及以上骨干教师",
    }
)
MORE["骨干3"] = called(
    {
        "小学县级及以上骨干教师数": "小学骨干教师数（县级及以上）",
        "初中县级及以上骨干教师数": "初中骨干教师数（县级及以上）",
    }
)
MORE["体艺"] = called(
    {
        "小学体育艺术专任教师数": "小学体育、艺术（美术、音乐）专任教师数",
        "初中体育艺术专任教师数": "初中体育、艺术（美术、音乐）专任教师数",
    }
)
MORE["体艺2"] = called(
    {"小学体育艺术专任教师数": "小学专任体育艺术教师", "初中体育艺术专任教师数": "初中专任体育艺术教师"}
)
MORE["体艺3"] = called(
    {"小学体育艺术专任教师数": "小学音、体、美专任教师数", "初中体育艺术专任教师数": "初中音、体、美专任教师数"}
)
MORE["学历2"] = called(
    {
        "小学高于规定学历教师数": "小学高于规定学历的专任教师数（人）",
        "初中高于规定学历教师数": "初中高于规定学历的专任教师数（人）",
    }
)
MORE["学生"] = called({"小学在校生数": "小学学生人数合计", "初中在校生数": "初中学生人数合计"})
plain_rows = grid(CHINESE)
MORE["单位列"] = (
    "all",
    [
        plain_rows[0],
        ["", "", "", "", "人", "人", "人", "人", "人", "人", "人", "人", "人", "㎡", "㎡", "万元", "间", "个", "个"],
        *plain_rows[1:],
    ],
)
MORE["英文"] = everyone(
    {
        "School ID": "id",
        "School Name": "name",
        "County": "county",
        "School Type": "type",
        "Pupils Primary": "pupils.0",
        "Pupils Junior": "pupils.1",
        "Pupils Senior": "pupils.2",
        "Teachers above degree primary": "degree.0",
        "Teachers above degree junior": "degree.1",
        "Backbone teachers primary": "backbone.0",
        "Backbone teachers junior": "backbone.1",
        "PE art teachers primary": "peart.0",
        "PE art teachers junior": "peart.1",
        "Teaching area (m2)": "rooms",
        "Sports area (m2)": "sports",
        "Equipment value (yuan)": "money",
        "Multimedia rooms": "media",
    }
)
MORE["空数"] = ("all", [[("无" if v == 0 else v) for v in r] for r in plain_rows])
MORE["文本小数"] = (
    "all",
    [[(f"{v:,.2f}" if isinstance(v, (int, float)) and c > 12 else v) for c, v in enumerate(r)] for r in plain_rows],
)
MORE["页脚合计行"] = (
    "all",
    [
        *plain_rows,
        ["合计："]
        + [
            "",
        ]
        * 3
        + [sum(x for x in (r[c] for r in plain_rows[1:]) if x != "") for c in range(4, 19)],
        [
            "单位负责人：王五",
            "",
            "",
            "填表人：李四",
            "",
            "",
            "联系电话：13800000000",
            "",
            "",
            "",
            "填报日期：2023年10月8日",
        ],
    ],
)
MORE["两县小计"] = (
    "all",
    [
        plain_rows[0],
        *plain_rows[1:4],
        ["", "甲县小计", "甲县", ""]
        + [sum(x for x in (r[c] for r in plain_rows[1:4]) if x != "") for c in range(4, 19)],
        *plain_rows[4:],
        ["", "乙县小计", "乙县", ""]
        + [sum(x for x in (r[c] for r in plain_rows[4:]) if x != "") for c in range(4, 19)],
    ],
)
MORE["县分段标题"] = ("all", [plain_rows[0], ["一、甲县"], *plain_rows[1:4], ["二、乙县"], *plain_rows[4:]])


MORE["学校标识"] = called(
    {"学校标识码": "学校标识码（国标）", "学校名称": "学校名称（全称）", "所属县区": "县（区、市）名称"}
)
MORE["办学类型代码"] = everyone(
    {**{k: v for k, v in CHINESE.items() if v != "type"}, "办学类型（代码）": "=211", "办学类型名称": "type"}
)
MORE["学段"] = called(
    {
        "办学类型": "学段",
        "小学在校生数": "小学阶段在校学生数",
        "初中在校生数": "初中阶段在校学生数",
        "高中在校生数": "高中阶段在校学生数",
    }
)
MORE["人数"] = called({"小学在校生数": "小学在校人数", "初中在校生数": "初中在校人数", "高中在校生数": "高中在校人数"})


def grp():
    a = [
        "学校",
        "所在区县",
        "学校类型",
        "在校学生数",
        "",
        "",
        "",
        "高于规定学历专任教师数",
        "",
        "",
        "县级以上骨干教师数",
        "",
        "",
        "体育艺术专任教师数",
        "",
        "",
        "生均教学及辅助用房面积",
        "",
        "生均体育运动场馆面积",
        "",
        "教学仪器设备值（万元）",
        "多媒体教室数（间）",
    ]
    b = [
        "",
        "",
        "",
        "合计",
        "小学",
        "初中",
        "高中",
        "合计",
        "小学",
        "初中",
        "合计",
        "小学",
        "初中",
        "合计",
        "小学",
        "初中",
        "面积（㎡）",
        "生均",
        "面积（㎡）",
        "生均",
        "",
        "",
    ]
    f = [
        "name",
        "county",
        "type",
        "pupils",
        "pupils.0",
        "pupils.1",
        "pupils.2",
        "degree",
        "degree.0",
        "degree.1",
        "backbone",
        "backbone.0",
        "backbone.1",
        "peart",
        "peart.0",
        "peart.1",
        "rooms",
        "=5",
        "sports",
        "=8",
        "wan",
        "media",
    ]
    return [a, b, *grid(dict(zip(map(str, range(99)), f, strict=False)))[1:]]


MORE["学生合计组"] = ("all", grp())
MORE["教学辅助"] = called({"教学及辅助用房面积（㎡）": "教学及辅助用房建筑面积"})
MORE["教学辅助2"] = called({"教学及辅助用房面积（㎡）": "教学与辅助用房面积（m²）"})
MORE["教学辅助3"] = called({"教学及辅助用房面积（㎡）": "校舍面积中教学及辅助用房面积（㎡）"})
MORE["运动3"] = called({"体育运动场馆面积（㎡）": "体育运动场、馆面积（㎡）"})
MORE["运动4"] = called({"体育运动场馆面积（㎡）": "运动场面积（㎡）"})
MORE["运动5"] = everyone(
    {
        **{k: v for k, v in CHINESE.items() if v != "sports"},
        "运动场地面积（㎡）": "sports",
        "室内体育馆面积（㎡）": "=0",
    }
)
MORE["设备4"] = called({"教学仪器设备值（万元）": "教学仪器设备资产总值（万元）"})
MORE["设备5"] = called({"教学仪器设备值（万元）": "其中：教学仪器设备资产值（单位：万元）"})
MORE["设备6"] = called({"教学仪器设备值（万元）": "教学仪器设备价值（万元）"})
MORE["多媒体3"] = called({"网络多媒体教室数（间）": "其中：网络多媒体教室（间）"})
MORE["多媒体4"] = called({"网络多媒体教室数（间）": "多媒体网络教室数"})
MORE["骨干4"] = called(
    {
        "小学县级及以上骨干教师数": "小学县级及以上骨干教师（人）",
        "初中县级及以上骨干教师数": "初中县级及以上骨干教师（人）",
    }
)
MORE["骨干5"] = called(
    {"小学县级及以上骨干教师数": "小学省市县级骨干教师数", "初中县级及以上骨干教师数": "初中省市县级骨干教师数"}
)
MORE["骨干6"] = called(
    {"小学县级及以上骨干教师数": "小学县级以上骨干教师总数", "初中县级及以上骨干教师数": "初中县级以上骨干教师总数"}
)
MORE["学历4"] = called(
    {"小学高于规定学历教师数": "小学超规定学历教师数", "初中高于规定学历教师数": "初中超规定学历教师数"}
)
MORE["学历5"] = called({"小学高于规定学历教师数": "小学专科以上教师数", "初中高于规定学历教师数": "初中本科以上教师数"})
MORE["学历6"] = called(
    {"小学高于规定学历教师数": "小学专任教师高于规定学历人数", "初中高于规定学历教师数": "初中专任教师高于规定学历人数"}
)
MORE["体艺4"] = called(
    {
        "小学体育艺术专任教师数": "小学专任体育、音乐、美术教师数",
        "初中体育艺术专任教师数": "初中专任体育、音乐、美术教师数",
    }
)
MORE["体艺5"] = called({"小学体育艺术专任教师数": "小学体艺教师人数", "初中体育艺术专任教师数": "初中体艺教师人数"})
MORE["班级"] = called({"小学班级数": "小学教学班（个）", "初中班级数": "初中教学班（个）"})
MORE["类型值"] = (
    "all",
    ty(plain_rows, {"小学": "公办小学", "初级中学": "独立初中", "九年一贯制学校": "九年一贯制学校（公办）"}),
)
MORE["类型值2"] = ("all", ty(plain_rows, {"小学": "完全小学", "初级中学": "初中学校", "九年一贯制学校": "九年制"}))
MORE["繁体值"] = ("all", [["統計表"]] + plain_rows)
MORE["双行标题"] = (
    "all",
    [
        ["贵州省毕节市", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
        ["2023—2024学年初义务教育学校基本情况", "单位：所、人、平方米"],
        [],
        *plain_rows,
    ],
)


@pytest.mark.parametrize("name", MORE)
def test_a_layout_that_it_had_not_met(name, tmp_path):
    kind, rows = MORE[name]
    (tmp_path / "plain").mkdir()
    if len(name) % 2:
        path = as_xlsx(tmp_path / "r.xlsx", rows)
    else:
        width = max(map(len, rows))
        path = as_csv(tmp_path / "r.csv", [[*row, *[""] * (width - len(row))] for row in rows], "gb18030")
    schools = ONE_STAGE if kind == "one" else SCHOOLS
    assert same(verdict(path), verdict(plain(tmp_path / "plain" / "p.csv", schools)))


def test_the_line_by_which_excel_is_told_the_separator(tmp_path):
    path = as_csv(tmp_path / "r.csv", grid(CHINESE), "gb18030", ";")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    assert len(read_register(path).ids) == 6


ASKED = {
    "高学历教师": (
        {"小学高于规定学历教师数": "小学高学历教师数", "初中高于规定学历教师数": "初中高学历教师数"},
        "missing column teachers_above",
    ),
    "生均 only": ({"教学及辅助用房面积（㎡）": "生均教学及辅助用房面积"}, "missing column teaching_area_m2"),
    "市级骨干": (
        {"小学县级及以上骨干教师数": "小学市级骨干教师数", "初中县级及以上骨干教师数": "初中市级骨干教师数"},
        "missing column backbone",
    ),
    "教学用房": ({"教学及辅助用房面积（㎡）": "教学用房面积（㎡）"}, "missing column teaching_area_m2"),
    "占地": ({"体育运动场馆面积（㎡）": "占地面积（㎡）"}, "missing column sports_area_m2"),
    "wrong unit": ({"教学及辅助用房面积（㎡）": "教学及辅助用房面积（间）"}, "its unit does not fit its name"),
    "固定资产": ({"教学仪器设备值（万元）": "固定资产总值（万元）"}, "missing column equipment_value_yuan"),
    "地区": ({"所属县区": "所在地区"}, "may hold counties"),
}


@pytest.mark.parametrize("name", ASKED)
def test_headings_that_mean_something_else_are_asked_about(name, tmp_path):
    change, says = ASKED[name]
    with pytest.raises(InputError, match=says):
        read_register(as_csv(tmp_path / "r.csv", grid(renamed(CHINESE, change))))


PARTS = ["九年一贯制学校（小学部）", "九年一贯制（初中部）", "完全中学初中部", "小学部、初中部"]


@pytest.mark.parametrize("kind", PARTS)
def test_a_part_of_a_school_is_asked_about(kind, tmp_path):
    rows = grid(CHINESE)
    rows[4][3] = kind
    with pytest.raises(InputError, match="no type of school that is known"):
        read_register(as_csv(tmp_path / "r.csv", rows))


def test_money_without_a_unit_that_is_neither_is_asked_about(tmp_path):
    headings = {name: field for name, field in CHINESE.items() if field != "wan"} | {"教学仪器设备值": "money"}
    rows = grid(headings)
    at = rows[0].index("教学仪器设备值")
    for row in rows[1:4]:
        row[at] /= 10000
    with pytest.raises(InputError, match="no unit in the heading"):
        read_register(as_csv(tmp_path / "r.csv", rows))


def test_two_columns_that_say_the_same_must_agree(tmp_path):
    rows = grid({**CHINESE, "小学在校学生数": "pupils.0"})
    assert len(read_register(as_csv(tmp_path / "r.csv", rows)).ids) == 6
    rows[2][-1] = 421
    with pytest.raises(InputError, match="line 3: .*columns E and T say the same and differ"):
        read_register(as_csv(tmp_path / "s.csv", rows))
