export const makePage = () => ({});
