/** `google.rpc.RetryInfo` in the body of an error: `"retryDelay": "39s"`. Milliseconds; `undefined` when there is none in its first 16 KB. */
export function retryHintOf(body: string): number | undefined {
  const found = /"retryDelay"\s{0,8}:\s{0,8}"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body.slice(0, 16_384))
  return found === null ? undefined : Number(found[1]) * 1000
}
