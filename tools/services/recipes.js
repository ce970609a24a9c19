/** Programs that tests may ask for with `requireService(name)`. A new one is one more entry here. */
export const recipes = {
  chromium: {
    variable: 'FOREBAY_CHROMIUM',
    binaries: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    probe: ['--version'],
    packages: ['chromium'],
  },
}
