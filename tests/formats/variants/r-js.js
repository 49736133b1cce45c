const a = {
  name: 'Mia',
  age: 3,
};
switch (a.name) {
  case 'Mia':
    break;
  default:
    run();
}
