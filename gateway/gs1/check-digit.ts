/** The GS1 mod-10 check digit of a string of digits without it (GS1 General Specifications, 7.9.1). */
export function checkDigit(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const weight = (digits.length - i) % 2 === 1 ? 3 : 1
    sum += Number(digits[i]) * weight
  }
  return (10 - (sum % 10)) % 10
}

/** Whether the last digit of a GS1 key is its check digit. */
export function hasRightCheckDigit(key: string): boolean {
  return /^\d{2,}$/.test(key) && Number(key.at(-1)) === checkDigit(key.slice(0, -1))
}
