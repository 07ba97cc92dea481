/** The values that CAP 1.2 restricts beyond their element's place. Each returns what is wrong, or undefined. */

const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})[-+](\d{2}):(\d{2})$/

/** CAP 3.3.2: a dateTime with an explicit offset; UTC as -00:00, never `Z`, no fractions. */
export function wrongTime(text: string): string | undefined {
  const match = TIME.exec(text)
  if (match === null) return `"${shorten(text)}" is not YYYY-MM-DDThh:mm:ss±hh:mm (no Z, no fractions)`
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (month < 1 || month > 12 || day < 1 || day > days) return `"${text}" is no date`
  if (hour > 23 || minute > 59 || second > 59) return `"${text}" is no time of day`
  if (offsetHour > 14 || offsetMinute > 59) return `"${text}" has an offset that no place has`
  return undefined
}

/** CAP 3.2.1 identifier and sender: no spaces, commas, `<` or `&`. */
export function wrongToken(text: string): string | undefined {
  if (text.length === 0) return 'is empty'
  return /[\s,<&]/.test(text) ? `"${shorten(text)}" has white space, a comma, < or &` : undefined
}

/** CAP 3.2.1 references: `sender,identifier,sent`, several separated by white space. */
export function wrongReferences(text: string): string | undefined {
  const words = text.trim().split(/\s+/)
  if (words[0] === '') return undefined // an empty element says nothing; the rule of Update and Cancel asks for more
  for (const word of words) {
    const [sender, identifier, sent, more] = word.split(',')
    if (!sender || !identifier || sent === undefined || more !== undefined)
      return `"${shorten(word)}" is not sender,identifier,sent`
    const wrong = wrongTime(sent)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/

function wrongPoint(text: string): string | undefined {
  const [latitude, longitude, more] = text.split(',')
  if (latitude === undefined || longitude === undefined || more !== undefined)
    return `"${shorten(text)}" is not latitude,longitude`
  if (!NUMBER.test(latitude) || Math.abs(Number(latitude)) > 90)
    return `latitude "${shorten(latitude)}" is not within ±90`
  if (!NUMBER.test(longitude) || Math.abs(Number(longitude)) > 180)
    return `longitude "${shorten(longitude)}" is not within ±180`
  return undefined
}

/** CAP 3.2.4 polygon: at least four pairs, the last one equal to the first. */
export function wrongPolygon(text: string): string | undefined {
  const points = text.trim().split(/\s+/)
  for (const point of points) {
    const wrong = wrongPoint(point)
    if (wrong !== undefined) return wrong
  }
  if (points.length < 4) return `has ${points.length} pairs, at least 4 are needed`
  const [first, last] = [points[0]!, points[points.length - 1]!].map((point) => point.split(',').map(Number))
  if (first![0] !== last![0] || first![1] !== last![1]) return 'is not closed: its last pair is not its first'
  return undefined
}

/** CAP 3.2.4 circle: `latitude,longitude radius`, radius in kilometres, not negative. */
export function wrongCircle(text: string): string | undefined {
  const [point, radius, more] = text.trim().split(/\s+/)
  if (point === undefined || radius === undefined || more !== undefined)
    return `"${shorten(text)}" is not latitude,longitude radius`
  const wrong = wrongPoint(point)
  if (wrong !== undefined) return wrong
  return NUMBER.test(radius) && Number(radius) >= 0
    ? undefined
    : `radius "${shorten(radius)}" is not a length`
}

/** RFC 3066 as xs:language has it. */
export const wrongLanguage = (text: string): string | undefined =>
  /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(text) ? undefined : `"${shorten(text)}" is no language tag`

export const wrongInteger = (text: string): string | undefined =>
  /^[+-]?\d+$/.test(text.trim()) ? undefined : `"${shorten(text)}" is no integer`

export const wrongDecimal = (text: string): string | undefined =>
  NUMBER.test(text.trim()) ? undefined : `"${shorten(text)}" is no decimal number`

/** xs:anyURI lets almost anything pass; white space inside and control characters are never a URI. */
export function wrongUri(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length === 0) return 'is empty'
  return /[\s<>"{}|\\^`]/.test(trimmed) ? `"${shorten(text)}" is no URI` : undefined
}

export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text)
