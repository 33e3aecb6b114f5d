/** A stylesheet's minified text, put in by the build. */
declare module '*.css' {
  const text: string
  // oxlint-disable-next-line import/no-default-export -- the build's shape for text
  export default text
}
