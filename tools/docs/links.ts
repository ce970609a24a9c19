/** Targets of the relative links of a Markdown page, without fragments. Code, images of the web and URLs are left out. */
export function relativeLinksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^(`{3,})[^]*?^\1\s*$/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}
