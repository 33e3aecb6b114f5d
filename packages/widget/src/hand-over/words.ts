/** What is said of going on in a messenger; a download of its own, so not among the other strings. */
const en = {
  qr: 'QR code that opens {app}',
  scan: 'Scan this with your phone, then send the message that is ready there.',
  tap: 'Open {app}, then send the message that is ready there.',
  open: 'Open {app}',
  type: 'No message there? Then send this:',
  answers: 'Answers come there while you are away from this page. Send STOP there to end that.',
  elsewhere: 'What you write there does not appear on this page.',
  asking: 'One moment…',
  failed: 'This did not work.',
}

export type HandOverWords = Readonly<Record<keyof typeof en, string>>

const zhTW: HandOverWords = {
  qr: '開啟 {app} 的 QR 碼',
  scan: '請用手機掃描，再送出已經準備好的訊息。',
  tap: '請開啟 {app}，再送出已經準備好的訊息。',
  open: '開啟 {app}',
  type: '沒有看到訊息嗎？請送出這段文字：',
  answers: '您離開這個頁面時，回覆會傳到那裡。想停止接收，請在那裡傳送 STOP。',
  elsewhere: '您在那裡寫的內容不會出現在這個頁面。',
  asking: '請稍候…',
  failed: '這次沒有成功。',
}

export const HAND_OVER_WORDS: Readonly<Record<string, HandOverWords>> = { en, 'zh-TW': zhTW }

export const handOverWords = (locale: string): HandOverWords => HAND_OVER_WORDS[locale] ?? en
