/**
 * What matters of a message to send, by hand: for machines without Meta's description. Meta's own
 * is stricter (see `spec` of the simulator); this one knows of people's ids, which it does not yet.
 */
export function checkMessage(body: unknown): string | undefined {
  if (!isRecord(body)) return 'the body is no JSON object'
  const { messaging_product, recipient_type, to, recipient, type, biz_opaque_callback_data } = body
  if (messaging_product !== 'whatsapp') return 'messaging_product must be "whatsapp"'
  if (recipient_type !== undefined && recipient_type !== 'individual') return 'recipient_type'
  const addressed =
    typeof to === 'string' ? /^\+?\d{7,15}$/.test(to) : typeof recipient === 'string'
  if (!addressed) return 'to must be a phone number, or recipient an id'
  const mark = biz_opaque_callback_data
  if (mark !== undefined && (typeof mark !== 'string' || mark.length > 512)) {
    return 'biz_opaque_callback_data must be at most 512 characters'
  }
  if (type === 'text') return checkText(body['text'])
  if (type === 'template') return checkTemplate(body['template'])
  return `type "${String(type)}" is none that this far side knows`
}

function checkText(text: unknown): string | undefined {
  if (!isRecord(text) || typeof text['body'] !== 'string') return 'text.body must be text'
  const { length } = text['body']
  if (length === 0 || length > 4_096) return 'text.body must have 1 to 4096 characters'
  const odd = Object.keys(text).find((name) => name !== 'body' && name !== 'preview_url')
  return odd === undefined ? undefined : `text.${odd} is not known`
}

function checkTemplate(template: unknown): string | undefined {
  if (!isRecord(template) || typeof template['name'] !== 'string') return 'template.name is needed'
  const { language } = template
  if (!isRecord(language) || typeof language['code'] !== 'string') {
    return 'template.language.code is needed'
  }
  return undefined
}

/** The values for {{1}}, {{2}} … of a template that was checked. */
export function valuesOf(template: unknown): readonly string[] {
  const components = isRecord(template) ? template['components'] : undefined
  const all: readonly unknown[] = Array.isArray(components) ? components : []
  return all.flatMap((component) => {
    const parameters = isRecord(component) ? component['parameters'] : undefined
    const list: readonly unknown[] = Array.isArray(parameters) ? parameters : []
    return list.map((parameter) => (isRecord(parameter) ? String(parameter['text']) : ''))
  })
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
