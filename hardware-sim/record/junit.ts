/** One expectation of a run, as CI shows it. */
export interface JunitCase {
  name: string
  /** Undefined: passed. */
  failure?: string
  skipped?: string
}

export interface JunitSuite {
  name: string
  /** Real seconds. */
  seconds: number
  properties: Readonly<Record<string, string>>
  cases: readonly JunitCase[]
  /** Text for `system-out`, for example the line that reproduces the run. */
  output: string
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r -\ud7ff\ue000-\ufffd]/g, '?')
}

/** A JUnit report (the schema that Jenkins, GitLab and GitHub's reporters read) of one scenario run. */
export function junitXml(suite: JunitSuite): string {
  const failures = suite.cases.filter((one) => one.failure !== undefined).length
  const skipped = suite.cases.filter((one) => one.skipped !== undefined).length
  const name = escaped(suite.name)
  const seconds = suite.seconds.toFixed(3)
  const counts = `tests="${suite.cases.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds}"`
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${name}" ${counts}>`,
    '    <properties>',
    ...Object.entries(suite.properties).map(
      ([key, value]) => `      <property name="${escaped(key)}" value="${escaped(value)}"/>`,
    ),
    '    </properties>',
    ...suite.cases.flatMap((one) => caseLines(one, name)),
    `    <system-out>${escaped(suite.output)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function caseLines(one: JunitCase, suite: string): string[] {
  const head = `    <testcase classname="${suite}" name="${escaped(one.name)}" time="0"`
  if (one.failure !== undefined) {
    return [`${head}>`, `      <failure message="${escaped(one.failure)}"/>`, '    </testcase>']
  }
  if (one.skipped !== undefined) {
    return [`${head}>`, `      <skipped message="${escaped(one.skipped)}"/>`, '    </testcase>']
  }
  return [`${head}/>`]
}
