// What the server tells, in Chinese where the interface is: refusals, notes and troubles, with a hole for each value.
import { chinese, language } from "./i18n.js";

export const TOLD = [
  ["another window changed the same caption; both texts are kept, choose one", "另一个窗口更改了同一条字幕；两种文字都已保留，请选择"],
  ["another window edits this file; take it over first", "另一个窗口正在编辑此文件；请先接管"],
  ["no other program changed such a file", "没有其他程序更改这样的文件"],
  ["changed by another program: {}; write all the same, and keep a copy of it?", "被其他程序更改：{}；仍要写出并保留其副本吗？"],
  ["this caption is not there any more; reload the captions", "此条字幕已不存在；请重新载入"],
  ["there is nothing to undo", "没有可撤销的操作"],
  ["there is nothing to redo", "没有可重做的操作"],
  ["the text is longer than a caption can be; split it first", "文字超过一条字幕的长度；请先拆分"],
  ["{}: nothing in it is other than in these captions", "{}：其中没有不同之处"],
  ["{}: {} corrections, {} cuts and {} times are taken over", "{}：已采用 {} 处更正、{} 处切分、{} 处时间"],
  ["there is nothing to find; type a word", "没有查找内容；请输入词语"],
  ["there is no such speaker any more; reload the captions", "此说话人已不存在；请重新载入"],
  ["a speaker's name has 1 to {} characters", "说话人姓名为 1 至 {} 个字符"],
  ["one voice speaks this caption; put the cursor where the other begins, and split there", "此条只有一个说话人；请把光标放在换人处再拆分"],
  ["the caption has no line {}", "此条字幕没有第 {} 行"],
  ["the cursor is at an end of the caption; put it between two words to split there", "光标在字幕首尾；请放在两个词之间再拆分"],
  ["no word but the first is spoken there; move on to a word inside the caption", "此处只有首词；请移到字幕中间的词"],
  ["this is the last caption; there is none to merge it with", "这是最后一条，没有可合并的字幕"],
  ["there is no caption beside this one to move the word to", "旁边没有可移入的字幕"],
  ["it is the only word of the caption; merge the two instead", "这是此条唯一的词；请改为合并"],
  ["the caption has one line; there is none above", "此条只有一行，上面没有行"],
  ["there is no word to move", "没有可移动的词"],
  ["a caption has to begin at 0 or later, and to end after it begins", "字幕须从 0 或之后开始，并在开始之后结束"],
  ["a new caption needs a text, and an end after its begin", "新字幕需要文字，且结束晚于开始"],
  ["a word to remember needs what was heard, and what is written instead", "要记住的词需要原文和替换文字"],
  ["“{}” has no sound of its own here", "“{}”在此处没有对应的语音"],
  ["{} was changed by another program; what was typed before is in {}", "{} 被其他程序更改；此前输入的内容在 {} 中"],
  ["a change that was not saved, and those after it, cannot be made again; it is in {}", "一处未保存的更改及其后的更改无法重做；内容在 {} 中"],
  ["a change that was not saved, and those after it, cannot be made again", "一处未保存的更改及其后的更改无法重做"],
  ["changes that were not saved yet are here again", "尚未保存的更改已恢复"],
  ["{}: texts that were edited in it are taken over", "{}：已采用其中编辑过的文字"],
  ["{} is made of {} with the first change; words share the time of their caption", "首次更改时由 {1} 生成 {0}；各词均分字幕的时间"],
  ["{}: cannot be written ({}); free space or choose -o DIR", "{}：无法写入（{}）；请腾出空间"],
  ["{}: cannot be written ({}); free space", "{}：无法写入（{}）；请腾出空间"],
  ["{}: cannot be read ({})", "{}：无法读取（{}）"],
  ["{} was deleted or renamed", "{} 已被删除或重命名"],
  ["there is nothing to play yet", "还没有可播放的内容"],
  ["there is no such file", "没有此文件"],
  ["something went wrong in the server; nothing was changed by this, and its log has the details", "服务器出错；未作任何更改，详情见其日志"],
];

/** A text of the server in the language of the interface. */
export function told(text) {
  return (language() === "zh" && chinese(text, TOLD)) || text;
}
