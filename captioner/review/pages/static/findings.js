// Findings of the check in Chinese: messages as the rules write them, with a hole for each value, and advice.
import { chinese, language } from "./i18n.js";

const EDGE = [
  ["the line ends on “{}”, which belongs with the next words", "行末“{}”应与后面的词在一起"],
  ["the line ends before “{}”, which belongs with the words before it", "“{}”应与前面的词在一起，不应另起一行"],
  ["the caption ends on “{}”, which belongs with the next words", "条末“{}”应与后面的词在一起"],
  ["the caption ends before “{}”, which belongs with the words before it", "“{}”应与前面的词在一起，不应另起一条"],
];
const SCRIPT = [
  ["not in the script: “{}”", "稿件中没有：“{}”"],
  ["in the script and not said: “{}”", "稿件中有而未说：“{}”"],
  ["“{}” by the script; the recogniser heard “{}”", "按稿件为“{}”；识别为“{}”"],
  ["said “{}”, in the script “{}”", "说的是“{}”，稿件中是“{}”"],
];

/** For each rule its messages in English and in Chinese. */
export const MESSAGES = {
  overlap: [["stays {} ms into the next caption", "与下一条重叠 {} 毫秒"]],
  order: [["begins {} ms before the caption above it in the file", "比文件中的上一条早开始 {} 毫秒"]],
  duration: [["does not end after it begins", "结束不晚于开始"]],
  min_duration: [["on screen for {} ms, at least {} wanted", "显示 {} 毫秒，至少需 {} 毫秒"]],
  max_duration: [["on screen for {} ms, {} at the most", "显示 {} 毫秒，最多 {} 毫秒"]],
  min_gap: [["{} ms before the next caption, at least {} wanted", "距下一条 {} 毫秒，至少需 {} 毫秒"]],
  bad_gap: [["a gap of {} ms: close it, or leave at least {}", "间隔 {} 毫秒：应接上，或至少留 {} 毫秒"]],
  shot_in: [
    ["begins {} ms after a shot change: begin on it, or {} ms before", "在切镜后 {} 毫秒开始：应在切镜处开始，或提前 {} 毫秒"],
    ["begins {} ms before a shot change: begin on it, or {} ms before", "在切镜前 {} 毫秒开始：应在切镜处开始，或提前 {} 毫秒"],
  ],
  shot_out: [
    ["ends {} ms after a shot change: end {} ms before it, or {} ms after", "在切镜后 {} 毫秒结束：应在其前 {} 毫秒结束，或其后 {} 毫秒"],
    ["ends {} ms before a shot change: end {} ms before it, or {} ms after", "在切镜前 {} 毫秒结束：应在其前 {} 毫秒结束，或其后 {} 毫秒"],
  ],
  off_frame: [["{} of {} times lie between two frames at {}", "{1} 个时间中有 {0} 个不在帧上（{2} 帧/秒）"]],
  sync_in: [["begins {} ms after its first word", "比首词晚 {} 毫秒开始"], ["begins {} ms before its first word", "比首词早 {} 毫秒开始"]],
  overhang: [["stays {} ms after its last word", "末词之后停留 {} 毫秒"]],
  no_speech: [["there is speech during only {} % of its time; listen to it", "只有 {}% 的时间有语音；请听一听"]],
  missing: [["from {} s to {} s there is speech and no caption", "{} 秒至 {} 秒有语音而无字幕"]],
  past_end: [["ends {} ms after the media", "比媒体晚 {} 毫秒结束"]],
  tc_origin: [["the first caption comes {} h after the speech begins: its times are not those of the media", "首条字幕在语音开始 {} 小时之后：时间与媒体不符"]],
  load_608: [["{} ms to load {} characters in {} rows, which takes {}", "载入 {2} 行 {1} 个字符只有 {0} 毫秒，需要 {3} 毫秒"]],
  cps: [
    ["{} characters a second, {} aimed for, {} is the most", "每秒 {} 字，目标 {}，最多 {}"],
    ["{} characters a second, {} aimed for", "每秒 {} 字，目标 {}"],
  ],
  cps_optimal: [["{} characters a second, {} preferred", "每秒 {} 字，最好不超过 {}"]],
  wpm: [["{} words a minute, {} wanted", "每分钟 {} 词，目标 {}"]],
  cps_low: [["{} characters a second for {} s", "每秒 {} 字，持续 {} 秒"]],
  cpl: [["a line of {} columns, {} at the most", "一行宽 {} 列，最多 {} 列"]],
  lines: [["{} lines, {} at the most", "{} 行，最多 {} 行"]],
  one_line: [["its lines fit on one of {} columns", "各行可合为一行，宽 {} 列"]],
  balance: [["lines of {} and {} columns", "两行宽 {} 列和 {} 列"]],
  orphan: [["a line of one short word", "一行只有一个短词"], ["one short word in the middle of a sentence", "句中一条只有一个短词"]],
  syntax_break: EDGE,
  cue_syntax_break: EDGE,
  kinsoku: [["“{}” stands at the edge of a line", "“{}”不应在行首或行尾"]],
  split_token: [
    ["the break splits a character and its mark", "换行拆开了字符与其附加符号"],
    ["the break splits an address", "换行拆开了网址"],
    ["the break splits a number and its unit “{}”", "换行拆开了数字与单位“{}”"],
    ["the caption begins inside a word of the transcript", "字幕从识别文本的词中间开始"],
  ],
  dash_style: [["dashes {} and {}, the style writes {} and {}", "破折号为 {} 和 {}，样式写作 {} 和 {}"]],
  dual_speakers: [["{} speakers in one caption", "一条字幕有 {} 个说话人"], ["a second dash inside a line: two speakers on one line", "行内有第二个破折号：一行两个说话人"]],
  ellipsis: [["“...” where the style writes “…”", "写作“...”，样式写作“…”"]],
  whitespace: [["a space at the end of a line", "行首或行尾有空格"], ["a doubled space", "连续空格"], ["a space before “{}”", "“{}”前有空格"]],
  zh_punct: [
    ["“{}” in the streaming style: a space, or nothing at a line's end", "流媒体样式不用“{}”：用空格，行尾不用标点"],
    ["a line ends with “、”", "行末有“、”"],
    ["question and exclamation mark combined", "问号与感叹号连用"],
  ],
  ja_punct: [["“{}” in the subtitle style: a space, or nothing at a line's end", "字幕样式不用“{}”：用空格，行尾不用标点"]],
  th_punct: [["“{}” is not written in Thai captions", "泰文字幕不用“{}”"]],
  ar_punct: [["“{}” is not written in Arabic captions", "阿拉伯文字幕不用“{}”"]],
  numbers: [["“{}” in digits: in words up to ten", "“{}”写作数字：十以内用文字"], ["opens with digits", "以数字开头"]],
  italics_lang: [["italics, which are not used in this language", "此语言不用斜体"]],
  brackets: [["a label in round brackets; the style writes square ones", "标注用了圆括号；样式用方括号"]],
  quotes_pairs: [["“{}” closes a pair that was not opened", "“{}”没有对应的开始符号"], ["“{}” is not closed", "“{}”没有闭合"]],
  glyphs: [["cannot be shown: {}", "无法显示：{}"]],
  mixed_width: [["“{}” is full-width", "“{}”是全角"], ["“{}” is half-width", "“{}”是半角"]],
  bidi: [
    ["a direction is opened on the line and not closed", "行内的方向标记没有闭合"],
    ["a right-to-left line without a direction mark: its last character may be shown on the wrong side", "从右到左的行没有方向标记：末字符可能显示在错误的一侧"],
  ],
  nfc: [["an invisible character, {}", "不可见字符 {}"], ["“{}” is not in composed form", "“{}”不是组合形式"]],
  repeat: [["the same text as the caption before", "与上一条文字相同"], ["“{}” three times or more", "“{}”出现三次以上"]],
  text_loss: [
    ["reads differently from the transcript, or stands elsewhere in it", "与识别文本不同，或位置不同"],
    ["before it the transcript has “{}”, no caption has it", "此前识别文本有“{}”，字幕中没有"],
    ["{} letters at the end of the transcript are in no caption", "识别文本末尾 {} 个字符不在任何字幕中"],
  ],
  empty: [["no letter, digit or note in it", "没有文字、数字或音符"]],
  speaker_jump: [["{} speakers by the transcript, and no dash or label between them", "识别文本中有 {} 个说话人，字幕中没有破折号或标注"]],
  language: [["{} % of its letters are not of the file's script ({})", "{}% 的字符不属于文件的文字（{}）"]],
  script: SCRIPT.map(([one, other]) => [`{} ${one}`, `{} ${other}`]),
  encoding: [
    ["the file is UTF-16; players and platforms want UTF-8", "文件是 UTF-16；播放器和平台需要 UTF-8"],
    ["byte {} is not UTF-8; the file was read as {}", "第 {} 字节不是 UTF-8；按 {} 读取"],
    ["line ends of Windows and Unix are mixed", "混用了 Windows 和 Unix 换行"],
  ],
  reparse: [
    ["{} cannot read the file", "{} 无法读取此文件"], ["{} finds {} captions", "{} 找到 {} 条字幕"],
    ["{} reads another time", "{} 读出的时间不同"], ["{} reads another text", "{} 读出的文字不同"], ["line {}: {}", "第 {} 行：{}"],
  ],
  escapes: [["{}", "{}"]], // quotes what a reader takes for markup
  frame_rate: [["{} frames a second is not a broadcast rate", "每秒 {} 帧不是广播帧率"]],
};

/** What to do, for each rule. */
export const ADVICE = {
  overlap: "让前一条在此条开始时结束", order: "按开始时间排序", duration: "给出时间，或删除", min_duration: "延长显示，或与同一说话人的相邻字幕合并",
  max_duration: "在停顿处拆分", min_gap: "让前一条稍早结束", bad_gap: "与下一条接上，或留出停顿", shot_in: "在切镜处开始", shot_out: "在切镜前结束",
  off_frame: "把时间对齐到帧", sync_in: "把开始移到首词", overhang: "在末词后早些结束", no_speech: "听一听：说了才保留", missing: "听一听，补上说的话",
  past_end: "与媒体同时结束", tc_origin: "整体移到媒体的零点", load_608: "缩短文字，或让前一条早些开始", cps: "有空间就延长显示，或把词分给相邻字幕",
  cps_optimal: "有空间再延长显示", wpm: "延长显示，或把词分给相邻字幕", cps_low: "早些结束，或与相邻字幕合并", cpl: "重新分行，或拆分字幕", lines: "重新分行，或拆分字幕",
  one_line: "合为一行", balance: "在靠近中间处换行", orphan: "从另一行或另一条移来一个词", syntax_break: "在这个词之前换行", cue_syntax_break: "把这个词移到下一条",
  kinsoku: "把标点移到它所属的行", split_token: "放在同一行", dash_style: "用样式的破折号", dual_speakers: "每人一行，超过两人另起一条", ellipsis: "写作单个字符“…”",
  whitespace: "删除空格", zh_punct: "停顿用空格，行尾不用标点", ja_punct: "停顿用空格，行尾不用标点", th_punct: "删除该标点", ar_punct: "用阿拉伯文标点", numbers: "用文字书写",
  italics_lang: "改为正体", brackets: "用方括号", quotes_pairs: "补上开始或结束符号", glyphs: "替换该字符", mixed_width: "用常用的宽度", bidi: "添加或闭合方向标记",
  nfc: "清理文字", repeat: "听一听：保留说的话", text_loss: "与说的话核对", empty: "删除", speaker_jump: "用破折号或标注区分说话人", language: "听一听：识别语言可能变了",
  script: "听此处；您的更改会保留", encoding: "另存为 UTF-8", reparse: "按格式书写时间，并查找多余的标记", escapes: "转义或替换字符", frame_rate: "核对媒体帧率",
};

/** Reasons for hearing a place. */
export const REASONS = [
  ["the text differs from the transcript", "文字与识别文本不同"], ["the transcript has no speech here", "识别文本此处没有语音"], ["speech without a caption", "有语音而无字幕"],
  ["a repeat", "重复"], ["another script", "另一种文字"], ["an unmarked speaker change", "未标注的换人"], ["the recogniser is unsure: {}", "识别不确定：{}"],
  ["numbers: {}", "数字：{}"], ["names: {}", "名称：{}"], ["not in a dictionary: {}", "词典中没有：{}"], ["fast: {} characters a second", "语速快：每秒 {} 字"],
  ["two speakers in one caption", "一条两人"], ["a short turn of another speaker", "另一人的短句"], ["another speaker", "换人"],
  ...SCRIPT,
];

/** What the check says, in the language of the interface. */
export function messageOf({ rule, message }) {
  return (language() === "zh" && chinese(message, MESSAGES[rule] ?? [])) || message;
}

export function adviceOf({ rule, advice }) {
  return (language() === "zh" && ADVICE[rule]) || advice;
}

/** The reasons why a place is worth hearing, as one text. */
export function reasonsOf({ reasons }) {
  if (language() !== "zh") return reasons.join("; ");
  return reasons.map((reason) => chinese(reason, REASONS) ?? reason).join("；");
}
