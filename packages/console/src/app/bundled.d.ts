/** The built text of layout-worker.ts; the page's build provides it. */
declare module 'layout-worker-source' {
  const source: string
  export default source
}
/** Goes into the page's style. */
declare module '*.css' {}
