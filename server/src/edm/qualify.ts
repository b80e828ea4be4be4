/** The full name of something that the model defines. */
export function qualify(name: string, namespace: string): string {
  return name.includes(".") ? name : `${namespace}.${name}`;
}
