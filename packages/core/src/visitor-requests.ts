/** What a page asks of the relay beside its link, by POST, with the visitor's secret in the body. */

// ── POST /v1/hand-over ───────────────────────────────────────────────────────────────────────

export interface HandOverRequest {
  readonly site: string
  /** The visitor's secret. */
  readonly token: string
  /** A conversation of his, also one in which nothing was said yet. */
  readonly conversation: string
  /** `type` of one of the site's reaches. */
  readonly reach: string
}

export interface HandOverResponse {
  /** Opens the app with what is to be said typed in. */
  readonly url: string
  /** What is to be said there, for who has to type it. */
  readonly code: string
  /** Until then it is taken; absent where nobody takes it. */
  readonly expires?: number
}

// ── POST /v1/follow-up: an address for answers the visitor does not see. Answered by 204 ───────

export interface FollowUpRequest {
  readonly site: string
  /** The visitor's secret. */
  readonly token: string
  /** One that the log has, of this visitor. */
  readonly conversation: string
  /** An e-mail address. */
  readonly address: string
}

// ── POST /v1/resume: a conversation from a link in a mail goes on in this browser, too ─────────

export interface ResumeRequest {
  readonly site: string
  /** The secret of the visitor this browser is. */
  readonly token: string
  /** From the address of the page: what stands behind RESUME_MARK. */
  readonly code: string
}

export interface ResumeResponse {
  /** From now on it is among this visitor's, too; the link tells of it by itself. */
  readonly conversation: string
}

/** In the fragment of a link that resumes a conversation: "#homing=<code>". */
export const RESUME_MARK = 'homing='
