/** Who is measured, in the order of the table's columns. */
export const subjectNames = ['stock', 'ws', 'floor', 'millrace'] as const
export type SubjectName = (typeof subjectNames)[number]
