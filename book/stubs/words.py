"""What stubs say, in both languages."""

# Passages of an exercise that has no set answer.
OPEN = ("no set answer", "정해진 답은 없다", "Make a gate, for instance", "게이트를 하나 만들어 보자. 예를 들어")

WORDS = {
    "ko": {
        "title": "# {title}: 연습 문제\n\n문제마다 `...`을 자기 답으로 바꾸고 확인 칸을 실행해 보자. 답은 장의 풀이가 "
        "출력한 수와 견준다. 맨 앞의 칸들은 장의 코드 가운데 문제를 푸는 데 필요한 것이다.",
        "given": "## 장에서 가져온 것",
        "exercise": "## 연습 문제 {number}. {title}",
        "work": "# 여기에서 풀어 보자.",
        "paper": "종이에서 구한 답",
        "unfinished": "연습 문제 {number}: 빈칸 {total}개 가운데 {left}개가 아직 `...`이다. 위의 칸에서 구해 그 자리에 "
        "넣고 확인 칸을 다시 실행해 보자.",
        "keys": "연습 문제 {number}: answer에 줄 {row!r}이 없다. 왼쪽의 줄은 그대로 두고 오른쪽만 바꾸자.",
        "wrong": "연습 문제 {number}: 아직 아니다. 줄 {row!r}에 넣은 {given!r}, 이 답이 맞지 않는다. 식과 단위를 "
        "다시 보고, 그래도 다르면 장의 풀이와 견주어 보자.",
        "count": "연습 문제 {number}: 줄 {row!r}의 답은 {wanted}개인데 {got}개가 있다. 괄호로 묶어 적자: (…, …).",
        "open": "연습 문제 {number}: 다 채웠다. 정해진 답이 없는 문제이니 장의 풀이와 견주고, 왜 다른지 말해 보자.",
        "right": "연습 문제 {number}: 맞다. 푼 길을 장의 풀이와 견주어 보자.",
        "unchecked": "연습 문제 {number}: 적었다. 손으로 푸는 문제이니 장의 풀이와 견주어 보자.",
    },
    "en": {
        "title": "# {title}: exercises\n\nIn every exercise replace each `...` by your answer and run the cell that "
        "checks it. Answers are compared with what the chapter's solutions printed. The cells that come first "
        "are those of the chapter that the exercises build on.",
        "given": "## From the chapter",
        "exercise": "## Exercise {number}. {title}",
        "work": "# Work here.",
        "paper": "found on paper",
        "unfinished": "Exercise {number}: {left} of {total} blanks still hold `...`. Work them out in the cell above, "
        "put them in their places and run the check again.",
        "keys": "Exercise {number}: answer has no line {row!r}. Leave the lines on the left as they are and change "
        "only what is on the right.",
        "wrong": "Exercise {number}: not yet. In the line {row!r}, {given!r} is not right. Look at formula and units "
        "again; if they seem right, compare with the solution in the chapter.",
        "count": "Exercise {number}: the line {row!r} asks for {wanted} answers and has {got}. Write them as (…, …).",
        "open": "Exercise {number}: complete. There is no set answer; compare with the solution in the chapter and say "
        "why yours differs.",
        "right": "Exercise {number}: right. Compare your way with the solution in the chapter.",
        "unchecked": "Exercise {number}: noted. This one is done by hand; compare with the solution in the chapter.",
    },
}
