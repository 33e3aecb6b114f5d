/** Puts a note before the page's title while there is something to read, and takes it away again. */
export interface TitleNote {
  show(note: string): void
  clear(): void
}

export function createTitleNote(document: Document): TitleNote {
  let shown = ''
  let own = ''
  return {
    show: (note) => {
      // The page may have changed its title meanwhile: what is ours is only what we put there.
      if (document.title !== shown) own = document.title
      shown = note
      document.title = note
    },
    clear: () => {
      if (shown !== '' && document.title === shown) document.title = own
      shown = ''
    },
  }
}
