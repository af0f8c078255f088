"""Owns the knowledge which lines belong to the page and not to the article: share bars, editor lines, pagers,
disclaimers.

All patterns run on text folded by `pipelines.labels.fold`. A pattern names what such a line says in any site's words;
none names a site.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.furniture_latin import is_latin_furniture, is_latin_tail_heading, may_be_latin_furniture
from pipelines.labels import fold, strip_glosses, unfolded
from pipelines.tells import tells_of, told

__all__ = [
    "fold_line",
    "is_date_line",
    "is_furniture",
    "is_furniture_as_written",
    "is_labelled_date",
    "is_meta_line",
    "is_meta_line_as_written",
    "is_post_foot",
    "is_tail_heading",
    "is_tail_heading_as_written",
]

_REMEMBERED = 8192
"""Lines whose verdict is kept: a page is asked about each several times, and a site's furniture is on all its pages."""

_LONGEST_HEADING = 60
"""Characters of a tail heading. Lines that short may be on the next page too: of the lines of a site's page seven in
ten were on an earlier one, of those longer than this one in ten.
"""

_LONGEST_FOOT = 90
_LONGEST_META = 120

_STRONG = told(
    "|".join(
        (
            r"^[([【]?(?:本文)?原(?:标题|题)\s?[:为]|^(?:免责|版权|特别|郑重|重要)(?:声明|提示)\s?:",
            r"^转载(?:请|需|时|本文)?.{0,10}(?:注明|授权|说明|联系)",
            r"[\u4e00-\u9fff][A-Z]?\d?-?ICP[备证]|ICP备案|公网安备|网安备\s?\d|网站标识码|备案序?号\s?:|增值电信业务|信息网络传播视听",
            r"互联网新闻信息服务许可|版权所有(?![者人权])|copyright\b|all rights? reserved|©\s*(?:19|20)\d\d",
            r"\(c\)\s*(?:19|20)\d\d|以上内容.{0,30}(?:用户上传|不代表本)|仅代表(?:作者|本人|该作者).{0,12}(?:观点|立场|意见)",
            r"与本(?:网站?|站|公众号).{0,8}(?:立场)?无关|不(?:代表|意味着).{0,6}本(?:网站?|站|刊|报|平台|公众号|台).{0,12}(?:观点|立场)",
            r"不代表.{2,12}(?:观点|立场)[。;,]",
            r"本(?:网站?|站|平台|公众号|作品).{0,40}(?:(?:转载|原创).{0,20}(?:注明|授权|禁止|出处)|侵权.{0,20}(?:删除|联系)|版权归)",
            r"(?:如|若|凡)(?:有|涉及|您).{0,24}(?:侵权|版权).{0,40}(?:联系|删除)|信息存储空间服务",
            r"provides information storage|文明上网.{0,12}(?:理性|发言|自律)|评论服务协议|自律管理承诺",
            r"扫(?:一扫|描|码).{0,12}(?:下载|关注)|违法和?不良信息举报|未经.{0,6}授权.{0,12}(?:禁止|不得|请勿)",
        )
    ),
    "cp 安备 识码 备案 值电 播视 务许 版权 yr l_r © (c 上内 代表 无关 意味 转载 原创 侵权 存储 rag 明上 务协 律管 扫 "
    "违法 未经 原标 原题 声明 提示",
)
"""What no article says, in a paragraph of up to 160 characters either, and how lines begin that are none of it."""

_LONGEST = 160
_MANY_BARS = 8
"""Bars in a long line that make it a row of links without their markup, as injected link lists are."""

_WEAK_START = "|".join(
    (
        r"(?:免责|版权|特别|郑重|重要)声明$",
        # comments and votes
        r"\d*\s?(?:条|人)?\s?(?:评论|跟贴|跟帖)\s?\d*$|(?:已有)?\s?\d+\s?人?(?:参与|跟贴|跟帖|评论|赞|喜欢|阅读|收藏|推荐)",
        # share, print, size, apps
        r"分享(?:到|至|本文|给|按钮)?\s?:?|(?:关注)?(?:微信)?公众号\s?:|打印\s?\|?\s?(?:关闭)?$|调整字体$|字[体号]\s?:?$",
        r"T\s?[+|]|[【\[(]?\s?(?:我要)?(?:纠错|举报|收藏|点赞|分享|转发|打印|关闭|复制链接|推荐给朋友|推荐好友|有奖报料)\s?[】\])]?$",
        # pagers and neighbours
        r"[<>|《》«»\s\d\[\]【】]*(?:首页|上一?页|下一?页|尾页|末页)[<>|《》«»\s\d\[\]【】共页第,:]*(?:下一?页|尾页|末页|$)",
        r"共?\s?\d+\s?页|第\s?\d+\s?页/?共",
        r"[【\[(<]{0,2}\s?(?:上|下|前|后)[一1]?(?:篇|条|则)(?:文章|新闻)?\s?[】\])>]{0,2}\s?(?::|$|\s|\S{0,2}没有)",
        r"阅读下一篇|(?:上|下)一(?:篇|条|版|期)\s?:|\s*(?:\[?\d\]?\s?){3,}(?:下一页|>>?)",
        r"(?:advertise?ment|advert|ad|caption|back to gallery|close|article content|story continues below|"
        r"loading.{0,12}|share(?: this.{0,20})?|photo:.{0,60}|image(?: source| credit)?:?.{0,40}|"
        r"getty(?: images)?|follow us.{0,30}|sign up.{0,40}|subscribe.{0,40}|read more.{0,60}|watch:.{0,60}|"
        r"\d+ comments?|author:|publish date:|lire aussi.{0,80}|lesen sie auch.{0,80}|anzeige|iklan|"
        r"media playback is.{0,40}|share your thoughts.{0,20})$",
        r"(?:新浪|腾讯)?微博$|微信(?:好友)?$|QQ(?:空间|好友)$|Qzone$|朋友圈$|人人网$|豆瓣$|(?:XML|网站)地图$",
        r"(?:(?:主题|帖子|积分|精华|金钱|威望|金币|在线时间|阅读权限|注册时间)\s?:?\s?\d\S*\s?){2,}",
        # counters, template codes, rows of links that lost their markup
        r"\+\d+$|(?:[^|。]{1,30}\|\s?){4,}[^|。]{0,40}\|?$",
        # what the page says of itself
        r"[-—\s]*(?:THE\s)?END[-—\s]*$|[(\[【]?(?:本文|全文|正文)(?:已结束|完|结束)",
        r"本文(?:由|为|系).{0,30}(?:原创|首发|授权)|更多.{0,30}(?:请关注|敬请关注|尽在)",
        r"更多.{0,40}(?:资讯|信息|内容).{0,6}(?:请)?(?:点击|关注|登录)",
        r"(?:文章|本文)?(?:关键[词字]|标签|标签云|tags?|相关标签|本文标签|所属分类|文章分类|关键词语)\s?:",
        r"(?:阅读|浏览|点击|访问|查看)(?:次数|量|数|人数|率)?\s?:?\s?\d+\s?次?|(?:点击|浏览|阅读|人气|热度)\s?:\s?\d*|网址\s?:",
        r"原文(?:链接|地址)|\s*(?:正文|您?(?:现在|当前|所在)?(?:的)?位置)\s?:",
        r"(?:阅读正文|收起|展开|展开全文|查看更多|查看全文|加载更多.{0,4}|更多|点击加载更多|为你推荐|置顶|返回)$|(?:网络)?(?:编辑|责编)推荐",
        r"(?:投稿|爆料|报料|举报)(?:邮箱|热线|电话)|(?:点击|加载)图片",
    )
)
_WEAK = told(
    "|".join(
        (
            f"^(?:{_WEAK_START})",
            r"技术支持\s?:|(?:主办|承办|制作)单位\s?:.{0,40}$|建议使用.{0,20}(?:浏览|分辨率)|投资有风险.{0,8}入市",
            # comments and votes
            r"(?:网友|最新|全部|热门|发表|查看|我要|精彩|用户|文章|参与)\s?(?:评论|跟贴|跟帖|留言)|登录后(?:才能|可|发表|评论)|发表您的",
            r"您是.{0,8}第\s?\d+",
            # share, print, size, apps
            r"分享(?:到|至)(?:手机|微信|微博|朋友圈|QQ|好友)|(?:扫|识别|长按|关注).{0,10}(?:二维码|一扫)|二维码.{0,8}(?:关注|分享|下载|扫)",
            r"扫码(?:关注|下载|阅读|分享)|用?微信(?:扫描|扫一扫)|下载.{0,12}(?:客户端|APP).{0,12}$|(?:客户端|APP)下载",
            r"打开.{0,8}(?:APP|客户端)|(?:点击)?关注.{0,6}(?:公众号|官方微信|微信号)|(?:打印|关闭)(?:本页|此页|页面|窗口|文章|网页)",
            r"(?:关闭|打印)\s?[】\]]|字[体号]\s?:?\s?[\[【(]?\s?(?:大|小|A|减|放|\[)|[大小]字[体号]|字[体号][大小]",
            r"(?:放大|缩小|增大|减小)字[体号]|字[体号](?:放大|缩小|增大|减小)|双击.{0,4}滚屏|加入收藏|设为首页",
            r"返回(?:顶部|首页|目录|上一?页|列表|.{0,8}首页)|(?:责任)?纠错[】\]]",
            # what the page says of itself
            r"关注.{0,6}我们$|(?:浏览|阅读|点击|访问|查看)(?:次数|量|数|人数|率)\s?:|(?:本文|文章)链接\s?:|本文地址\s?:|新闻热线\s?:",
        )
    ),
    "术支 单位 议使 有风 评论 跟贴 跟帖 留言 录后 表您 您是 分享 二维 一扫 扫码 信扫 下载 打开 关注 打印 "
    "关闭 字体 字号 双击 入收 为首 返回 纠错 浏览 阅读 点击 访问 查看 链接 文地 闻热 声明 参与 赞 喜欢 "
    "收藏 推荐 公众 + | 举报 转发 页 篇 条 则 上一 下一 > 微博 微信 朋友 人人 豆瓣 地图 主题 帖子 积分 "
    "精华 金钱 威望 金币 在线 权限 注册 本文 全文 正文 更多 关键 标签 分类 人气 热度 网址 原文 位置 收起 "
    "展开 加载 置顶 投稿 爆料 报料",
    latin=_WEAK_START,
)
"""What a short line of the page says and how one begins; a sentence may say it too."""
_LONG_NUMBER = re.compile(r"\d{12,}$")
"""A line of nothing but one, which has no other tell."""

_META = re.compile(
    r"^[(\[【]?\s?(?:(?:信息|文章|稿件|新闻|本文|文稿|图文|消息|内容|资料)?(?:来源|稿源|出处)(?:于|自)?\s?[:|丨]|"
    r"原标题\s?[::]"
    r"|(?:责任|本文|网络|执行|本期|值班|责|文字|新媒体|网站)?(?:编辑|编审|主编|校对|审核|审校|监制|终审|责编|选稿|"
    r"编校|美编|统筹|策划|初审|复审|签发|录入|上传)(?:员|人|者)?\s?[:|/]"
    r"|(?:责任|本文|本期|值班|网络)编辑\s|责编\s"
    r"|(?:发布|发表|发稿|更新|刊发|刊登|上传|创建|录入|编辑|成文|印发|公布|公开)?(?:日期|时间)\s?[::]|(?:发布|供稿|"
    r"提供|投稿|发布机构|供图|撰稿|作者|记者|发文)(?:单位|机构|人|者|部门|机关)?\s?[::][^?!。]{0,30}$"
    r"|(?:文章|信息)?(?:作者|撰文|撰稿|采写|执笔|摄影|文字|文|图|供稿|通讯员|记者|译者?|翻译|编译)\s?[:/|][^?!。]{0,30}$)",
    re.I,
)
_META_TELLS = tells_of(": | 丨 / 编辑 责编 19 20")
_DATE_LINE = re.compile(
    r"^[\W_]*(?:(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?[a-z]{3,9}\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d"
    r"|(?:19|20)\d\d\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,2}|(?:19|20)\d\d年\d{1,2}月\d{1,2}日\s?(?=\d|星期|周|週))"
    r"[\s,]*(?:at\s)?(?:(?:星期|周|週)[一二三四五六日天]\s?)?(?:上午|"
    r"下午)?\s?(?:\d{1,2}:\d\d(?::\d\d)?)?\s?(?:[ap]m)?[\W_]*$",
    re.I,
)
_ANY_DATE = re.compile(r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}")
_TIMED = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?\s{0,3}(?:(?:星期|周)[一二三四五六日天]\s{0,2})?\d{1,2}:\d\d"
)
_CLAUSE = re.compile(r"[,;。?!“”]|[\u4e00-\u9fff]{14}")
_META_ANYWHERE = re.compile(
    r"(?:来源|稿源|出处|责任编辑|责编|发[布表](?:时间|日期)|更新(?:时间|日期)|浏览次数|浏览量|阅读量|点击数|点击量|字号|字体)\s?[::]",
    re.I,
)
_POST_FOOT = told(
    r"(?:发表于|张贴|发布于|发帖|posted\s(?:by|at|on|in)|回复|楼主|\bre:).{0,60}(?:\d{1,2}:\d\d|阅读|评论|浏览)|"
    r"(?:阅读|浏览|点击)\s?[:(]?\d+.{0,12}(?:评论|回复)|已有\d+(?:条|件|篇)评论"
    r"|发[布表帖]时间.{0,40}\bby\b|本[贴帖](?:子)?由.{2,16}[于在].{6,50}发表"
    r"|已被阅读\d+次",
    "发表 张贴 发布 发帖 po 回复 楼主 re: 阅读 浏览 点击 已有 本贴 本帖",
)
_TAIL_HEADING = re.compile(
    r"^[\[【(<·●■◆▪◎|—>\s-]*(?:"
    r"(?:相关|延伸|推荐|精彩|热门|热点|更多|往期|拓展|关联|继续|今日|编辑|同类|本类|最新|图文|小编|作者|本周|本月|"
    r"24小时|新闻|点击|阅读)"
    r".{0,4}(?:新闻|阅读|链接|报道|文章|推荐|内容|回顾|专题|资讯|信息|话题|主题|稿件|图片|视频|专栏|热点|精选|热榜|"
    r"排行榜?|附件|公告|热搜|图集|评论|热文|"
    r"栏目|产品|搜索)|(?:热点|热门|新闻|点击|阅读)?排行榜?.{0,6}|友情链接|网友评论.{0,8}|我来说两句.{0,20}|(?:用户|"
    r"热门|最新|全部|精彩)?(?:评论|留言|跟帖|回复)区?"
    r"|(?:猜)?[你您](?:可能)?(?:还|也)?(?:会)?(?:想看|喜欢|感兴趣).{0,4}|为[你您]推荐|(?:其他|别)人(?:也|都|"
    r"还)在看|大家(?:都|也)在(?:看|搜).{0,2}|今日热点|相关[:]"
    r"|related (?:stories|articles|posts|topics).{0,20}"
    r"|more (?:from|on|stories|in|about)\b.{0,40}|you (?:may|"
    r"might) (?:also )?like.{0,20}"
    r"|read (?:more|next)|most (?:read|popular|viewed).{0,20}|recommended(?: for you)?|comments?(?: \(\d+\))?"
    r")\s?[:】\])>»\s]*$",
    re.I,
)
_TAIL_BEGINNINGS = frozenset(
    "".join(map(unfolded, "相延推精热更往拓关関继今编同本最图小作新点阅友网我用全评留跟回猜你您为其别大排"))
)
"""The Han characters that tail headings begin with."""


@lru_cache(maxsize=_REMEMBERED)
def is_furniture(folded: str, *, prose: bool = False) -> bool:
    """Return whether a folded line is the page's own. `prose`: it has sentences, so only the surest signs count."""
    if len(folded) > _LONGEST:
        return folded.count("|") >= _MANY_BARS and "。" not in folded
    if _STRONG.is_in(folded):
        return True
    if prose:
        return False
    return _WEAK.is_in(folded) or _LONG_NUMBER.match(folded) is not None or is_latin_furniture(folded)


def is_furniture_as_written(text: str, *, prose: bool) -> bool:
    """Return the same of a line that is not folded yet: of most it is known without folding."""
    if len(text) > _LONGEST:
        maybe = "|" in text or "｜" in text or "(" in text
    elif prose:
        maybe = _STRONG.may_be_in(text)
    else:
        maybe = _STRONG.may_be_in(text) or _WEAK.may_be_in(text) or may_be_latin_furniture(text)
        maybe = maybe or _LONG_NUMBER.match(text) is not None
    return maybe and is_furniture(fold_line(text), prose=prose)


@lru_cache(maxsize=_REMEMBERED)
def is_meta_line(folded: str) -> bool:
    """Return whether a folded line tells about the article instead of being it: origin, editor, date, view count."""
    if len(folded) > _LONGEST_META:
        return False
    return bool(_META.search(folded) or _DATE_LINE.match(folded)) or (
        len(folded) < 80 and _META_ANYWHERE.search(folded) is not None and "。" not in folded
    )


def is_meta_line_as_written(text: str) -> bool:
    """Return the same of a line that is not folded yet."""
    return ("(" in text or _META_TELLS.search(text) is not None) and is_meta_line(fold_line(text))


def is_date_line(folded: str) -> bool:
    """Return whether a line is a date with a clock and a few words that are no sentence: a site's name, a medium."""
    return len(folded) <= 60 and _TIMED.search(folded) is not None and _CLAUSE.search(folded) is None


def is_labelled_date(text: str) -> bool:
    """Return whether a line, folded or not, without a full stop has a date beside a label such as 来源 or 编辑."""
    if "。" in text[:200] or (len(text) > _LONGEST_META and "(" not in text):
        return False
    folded = fold_line(text)
    return len(folded) <= _LONGEST_META and bool(_META_ANYWHERE.search(folded) and _ANY_DATE.search(folded))


def is_tail_heading(folded: str) -> bool:
    """Return whether a folded line opens what follows an article: related stories, ranking, comments."""
    return (len(folded) <= 40 and _TAIL_HEADING.match(folded) is not None) or is_latin_tail_heading(folded)


def fold_line(text: str) -> str:
    """Return the first 200 characters of a line, folded and without glosses."""
    return fold(strip_glosses(text[:200]))


@lru_cache(maxsize=_REMEMBERED)
def _closes(text: str) -> bool:
    return is_tail_heading(fold_line(text))


def is_tail_heading_as_written(text: str) -> bool:
    """Return whether a line that is not folded yet opens what follows an article."""
    if "\u4e00" <= text[:1] <= "\u9fff" and text[0] not in _TAIL_BEGINNINGS:
        return False
    return _closes(text) if len(text) <= _LONGEST_HEADING else "(" in text and is_tail_heading(fold_line(text))


def is_post_foot(text: str) -> bool:
    """Return whether a line, folded or not, closes a post of a blog or forum: who posted when, how many comments."""
    if (len(text) > _LONGEST_FOOT and "(" not in text) or not _POST_FOOT.may_be_in(text):
        return False
    folded = fold_line(text)
    return len(folded) <= _LONGEST_FOOT and _POST_FOOT.is_in(folded)
