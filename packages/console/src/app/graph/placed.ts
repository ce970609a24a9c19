interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The style that puts an element where the layout has it; `x` and `y` are the middle. */
export function placed({ x, y, width, height }: Box): Record<string, string> {
  return {
    left: `${x - width / 2}px`,
    top: `${y - height / 2}px`,
    width: `${width}px`,
    height: `${height}px`,
  }
}
