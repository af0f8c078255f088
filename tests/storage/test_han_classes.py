from __future__ import annotations

from pathlib import Path

from storage.han_classes import CLASSES_FILE, han_classes, pairs_in, representatives


def test_a_class_is_closed_and_led_by_its_commonest_simplified_form() -> None:
    pairs = [("乾", "干"), ("幹", "干"), ("乾", "乾"), ("發", "发"), ("髮", "发"), ("一", "一")]
    assert han_classes(pairs) == ["发發髮", "干乾幹"]


def test_every_character_is_in_one_class_and_no_class_is_large() -> None:
    lines = [line for line in CLASSES_FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    characters = "".join(lines)
    assert len(characters) == len(set(characters)) > 8000
    assert min(map(len, lines)) > 1 and max(map(len, lines)) <= 6
    assert lines == sorted(lines)


def test_representatives_stand_for_themselves() -> None:
    found = representatives()
    assert found["臺"] == found["檯"] == "台" and found["裡"] == "里" and found["後"] == "后"
    assert not found.keys() & set(found.values())


def test_the_file_says_whose_work_it_is() -> None:
    head = CLASSES_FILE.read_text("utf-8")[:600]
    assert "OpenCC" in head and "Apache License, Version 2.0" in head and "Changed:" in head


def test_the_file_is_made_from_the_tables_of_opencc(tmp_path: Path) -> None:
    (tmp_path / "STCharacters.txt").write_text("# a remark\n\n干\t幹 乾 干\n", "utf-8")
    (tmp_path / "TSCharacters.txt").write_text("乾\t干 乾\n榦\t干\n", "utf-8")
    (tmp_path / "TWVariants.txt").write_text("裏\t裡\n", "utf-8")
    (tmp_path / "HKVariants.txt").write_text("", "utf-8")
    assert han_classes(pairs_in(tmp_path)) == ["干乾幹榦", "裡裏"]
