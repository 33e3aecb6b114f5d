import { Component } from 'preact'

/** Drawn again only when one of its props is another. */
export abstract class Still<Props extends object> extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const before = this.props as Props
    return (Object.keys({ ...before, ...next }) as (keyof Props)[]).some(
      (name) => before[name] !== next[name],
    )
  }
}
