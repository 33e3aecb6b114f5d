import { html } from 'hono/html'
import type { Letter } from './compose.ts'

/**
 * A mail as a page of its own. Mail programs know tables and inline styles, and drop most of the
 * rest: nothing here is fetched, and without any of its styles it still reads from top to bottom.
 */
export async function htmlOf({
  locale,
  site,
  accent,
  heading,
  answers,
  link,
  why,
  stop,
}: Letter): Promise<string> {
  const fillOf = COLOUR.test(accent ?? '') ? (accent ?? INK) : INK
  const button =
    `display:inline-block;padding:12px 20px;border-radius:10px;font-weight:600;` +
    `text-decoration:none;background:${fillOf};color:${inkOn(fillOf)}`
  const bubbles = answers.map(
    (answer) =>
      html`<tr>
          <td class="bubble" style="${BUBBLE}">${answer}</td>
        </tr>
        <tr>
          <td height="8" style="height:8px;line-height:8px;font-size:0">&nbsp;</td>
        </tr>`,
  )
  // What is in braces is escaped.
  const page = await html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${heading}</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          @media (prefers-color-scheme: dark) {
            .sheet {
              background: #14171c !important;
            }
            .card {
              background: #1d2229 !important;
              color: #e8eaed !important;
              border-color: #2c323b !important;
            }
            .bubble {
              background: #2a313a !important;
            }
            .quiet,
            .quiet a {
              color: #a3abb6 !important;
            }
          }
        </style>
      </head>
      <body class="sheet" style="margin:0;padding:0;background:#f6f7f9">
        <table
          role="presentation"
          class="sheet"
          width="100%"
          cellpadding="0"
          cellspacing="0"
          style="background:#f6f7f9"
        >
          <tr>
            <td align="center" style="padding:32px 16px">
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                style="max-width:520px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans TC',sans-serif;text-align:start"
              >
                <tr>
                  <td
                    class="card"
                    style="padding:28px;background:#ffffff;color:${INK};border:1px solid #e4e7eb;border-radius:16px"
                  >
                    <p style="margin:0 0 4px;font-weight:600;font-size:18px">${site}</p>
                    <p class="quiet" style="margin:0 0 16px;color:#5b6570">${heading}</p>
                    <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
                      ${bubbles}
                    </table>
                    <p style="margin:16px 0 12px">
                      <a href="${link.url}" style="${button}">${link.label}</a>
                    </p>
                    <p class="quiet" style="margin:0;font-size:13px;color:#5b6570">${link.note}</p>
                  </td>
                </tr>
                <tr>
                  <td class="quiet" style="padding:16px 28px;font-size:13px;color:#5b6570">
                    ${why} <a href="${stop.url}" style="color:#5b6570">${stop.label}</a>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `
  return page.toString()
}

const BUBBLE =
  'padding:12px 16px;background:#f1f3f5;border-radius:14px 14px 14px 4px;' +
  'white-space:pre-line;overflow-wrap:anywhere'
const INK = '#1b1f24'
const COLOUR = /^#[0-9a-f]{6}$/i
/** WCAG 2: from this luminance on, dark words read better than white ones. */
const LIGHT_FROM = 0.179

function inkOn(colour: string): string {
  const linear = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  const luminance = 0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
  return luminance > LIGHT_FROM ? INK : '#ffffff'
}
