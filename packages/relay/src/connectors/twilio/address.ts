import type { Channel } from './types.ts'

/** Twilio's addresses: "+4917012345678" for SMS, "whatsapp:+4917012345678" for WhatsApp. */

const WHATSAPP = 'whatsapp:'
const MIN_DIGITS = 7
/** E.164. */
const MAX_DIGITS = 15

/** From what people type; a number without a channel gets `channel`. */
export function parseAddress(text: string, channel: Channel = 'sms'): string | undefined {
  const trimmed = text.trim()
  const named = trimmed.toLowerCase().startsWith(WHATSAPP)
  const number = named ? trimmed.slice(WHATSAPP.length) : trimmed
  if (!/^(?:\+|00)[\d\s().-]+$/.test(number)) return undefined
  const digits = number.replace(/^00/, '').replace(/\D/g, '')
  if (digits.length < MIN_DIGITS || digits.length > MAX_DIGITS) return undefined
  return `${named || channel === 'whatsapp' ? WHATSAPP : ''}+${digits}`
}

export function channelOf(address: string): Channel {
  return address.startsWith(WHATSAPP) ? 'whatsapp' : 'sms'
}

export function numberOf(address: string): string {
  return address.startsWith(WHATSAPP) ? address.slice(WHATSAPP.length) : address
}

export function addressOn(channel: Channel, number: string): string {
  return channel === 'whatsapp' ? WHATSAPP + number : number
}
